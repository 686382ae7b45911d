"""Networks."""

from . import dcgan
