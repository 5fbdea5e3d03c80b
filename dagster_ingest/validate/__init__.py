"""Contract to pandera to verdict."""
