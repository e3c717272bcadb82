"""Parameters solved for: all values at which conditions hold, each proved to exist and to be the only one nearby.

conditions   what is asked: moments, and the maps of a wide random layer, as equations
integrals    Gaussian integrals of a function and of its slopes by a parameter, enclosed, at numbers or on boxes
system       the equations and their slopes over a box of unknowns
regions      where conditions on facts and verdicts hold
settling     whether a zero is a solution: in the ranges, and with a meaning for each condition
search       all zeros of a system in a box, by Krawczyk's operator
recipes      ready sets of conditions
asked        the unknowns of a target, their ranges, and the equations that remain of conditions
answer       a target's solutions, as specs, as code and in a sentence
leak         the leak of a rectifier by which many layers take a correlation to a target
inquiry      all of it
"""
