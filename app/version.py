"""The version of Carillon, beside the house."""

VERSION = "0.1.0"
