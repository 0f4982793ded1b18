"""HTTP: read a request, call one service method, write a response."""
