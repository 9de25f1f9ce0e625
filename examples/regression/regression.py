"""A line through points by least squares, in parts: the sums of the normal equations add up."""

import numpy


def read(table):
    """The petal lengths and widths of iris.csv as an array with two columns."""
    return numpy.loadtxt(table.path, delimiter=",", skiprows=1, usecols=(2, 3))


def sums(points, part, parts, ctx):
    """The matrix of the normal equations, with their right side as its last column, of every n-th point."""
    x, y = points[part::parts].T
    ctx.debug(f"{len(x)} points")
    matrix = numpy.column_stack([numpy.ones_like(x), x])
    return matrix.T @ numpy.column_stack([matrix, y])


def line(*parts):
    total = sum(parts)
    intercept, slope = numpy.linalg.solve(total[:, :2], total[:, 2])
    return {"intercept": round(intercept, 6), "slope": round(slope, 6), "points": int(total[0, 0])}
