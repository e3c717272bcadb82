"""Real implementations against the mathematics: what the right values are, what code returns, how the two differ.

What is right comes first, and is proved: `patterns` are the numbers of a format, `enclosing` holds exact values between
two numbers, `golden` rounds them, `kept` keeps what was found; `right` is all that at the inputs that code is tried at.

Then what is tried: `frameworks` with a table of their activations, `code` that a user names. `trying` calls it at all
inputs, in arrays of several sizes; `judging` sorts what came out by `tolerances` into `finding`s; `conforming` has them
all, and `names` says what goes by which name.
"""
