"""The rules of the journey. Each is a pure function from a Case to the steps that are due."""
