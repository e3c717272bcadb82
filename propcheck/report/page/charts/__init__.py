"""Small charts of the page, drawn as SVG by hand: quick enough for hundreds, and in the page's own colours.

A member of this family is a page whose `draw` answers with the markup of one kind of chart: `graph` a function and its
slope, `track` verdicts and numbers along a parameter, `layers` what a signal comes to in deep networks, `cost` cost
against convergence. The same curves and probes as for `propcheck.report.figures`, which are for papers, are read by the
same functions.

Every chart has a title and a description that are read aloud in its place, its text is text, and the ids in it begin
with the name that it is given: no two charts of a page have the same. Colours come from the style sheet, by class.
"""
