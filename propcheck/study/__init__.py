"""A study: do numbers that are computed from a formula foretell how networks train with it?

    designs, measures -> layers, networks, training -> running -> judging

The candidates stand in `measures`, each with what it should foretell, and were written down before any outcome of the
study was looked at. Half of the functions choose among them, the other half judge the chosen. A second round asks
later functions about measures that were found in those outcomes.
"""
