"""Real implementations against the mathematics: what the right values are, what code returns, how the two differ.

What is right comes first, and is proved: `patterns` are the numbers of a format, `enclosing` holds exact values between
two numbers, `golden` rounds them, `kept` keeps what was found.
"""
