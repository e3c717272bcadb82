"""Code as a target: the functions that users hold, found by their names and read as formulas.

Code is imported, and so runs, only where whoever runs the program names it or hands it over: no spec, no page that is
served and no project file can name it. A model of ONNX is data and runs nothing.
"""
