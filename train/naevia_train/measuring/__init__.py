"""From answers and the truth to figures: metrics, their intervals, operating points, calibration."""
