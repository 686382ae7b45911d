"""Files in the safetensors format: a JSON list of names, dtypes and shapes, then the numbers. No code, by design.

The safetensors library reads it, and checks it against lies about sizes.
"""

from ..creation import from_numpy


def load_safetensors(file):
    """{name: tensor} of a .safetensors file that is open for reading."""
    try:
        from safetensors.numpy import load
    except ImportError:
        raise ImportError('load: reading .safetensors needs a library: pip install -e ".[pretrained]"') from None
    return {name: from_numpy(array) for name, array in load(file.read()).items()}
