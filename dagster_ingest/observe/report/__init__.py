"""The report: values of what happened, drawn as a static site."""
