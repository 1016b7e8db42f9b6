"""The engine: verbs, rules and stores. Knows neither Flask nor the environment."""
