"""A fleet in one file: what ``kubectl get -A -o yaml`` prints, as input of the pipeline. Touches no world."""
