#!/bin/sh
# The line of line.json by the textbook's formulas.
cd "$(dirname "$0")" && LC_ALL=C awk -F, '
  NR > 1 { n++; x += $3; y += $4; xx += $3 * $3; xy += $3 * $4 }
  END {
    slope = (n * xy - x * y) / (n * xx - x * x)
    printf "{\"intercept\": %.6f, \"slope\": %.6f, \"points\": %d}", (y - slope * x) / n, slope, n
  }' ../../cross-validation/iris.csv
