"""The live page: a formula is typed into it, and its card and curves change as it is typed.

A question is a formula with values of its parameters, and stands in the address of the page, so that it can be sent as
a link. Each is answered in a child process of its own, under a time limit; as many are at work as there are cores, and
the rest wait in line. Who asked may leave: the work on the answer then ends. The page knows two answers, `facts` and
`curves`, so that neither waits for the other.

`question` reads the address, `study` says what a child is asked, `pool` runs it, `answers` makes of it what the page
shows, `page` draws that, and `server` speaks HTTP.
"""
