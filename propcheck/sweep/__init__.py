"""Thousands of designs: screened, swept, ranked, merged."""
