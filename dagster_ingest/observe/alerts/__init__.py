"""Who is told of what, when: pure but for `courier`, which alone knows apprise."""
