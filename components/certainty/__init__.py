"""How sure a network is: the error of its answer from what its labels tell, and how far an image is from all it saw."""
