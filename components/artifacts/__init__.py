"""What one component leaves for the next: each file as a frozen dataclass that reads and writes its JSON."""
