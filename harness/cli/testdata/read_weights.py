"""Reads the weight files of a folder with numpy and prints what is in them as JSON."""
import hashlib
import json
import struct
import sys

import numpy as np


def seen(a):
    digest = hashlib.sha256(np.ascontiguousarray(a).tobytes()).hexdigest()
    return {"Type": a.dtype.name, "Shape": list(a.shape), "SHA256": digest, "Std": float(a.astype(np.float64).std())}


def safetensors(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__")
    for name, t in header.items():
        first, end = t["data_offsets"]
        dtype = {"F32": "<f4", "F64": "<f8"}[t["dtype"]]
        yield name, np.frombuffer(data[8 + length + first : 8 + length + end], dtype).reshape(t["shape"])


folder = sys.argv[1]
json.dump(
    {
        "NPZ": {name: seen(a) for name, a in np.load(folder + "/w.npz").items()},
        "Safetensors": {name: seen(a) for name, a in safetensors(folder + "/w.safetensors")},
        "NPY": seen(np.load(folder + "/w.npy")),
    },
    sys.stdout,
)
