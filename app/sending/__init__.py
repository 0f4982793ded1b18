"""The engine that empties the outbox. It knows neither the database nor the carrier."""
