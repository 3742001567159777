"""How good matches are likely to be: cross-fitting, estimates of precision and recall."""
