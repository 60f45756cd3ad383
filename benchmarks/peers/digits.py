"""scikit-learn's 8 × 8 digits as JSON: digits.py FILE"""
import json
import sys

import sklearn
from sklearn.datasets import load_digits

digits = load_digits()
with open(sys.argv[1], "w") as file:
    json.dump({"pictures": digits.data.tolist(), "digits": digits.target.tolist()}, file)
print(json.dumps({"version": sklearn.__version__}))
