"""The compiled part of TreeSHAP: asking a tree's questions, filling its tables, reading them, walking long paths.

All of it stands in one file because numba notices a change in the file of a compiled function only, not in those it
calls. The kernels trust their input: ``text`` has checked every index. A row's additions are made in the same order
whether it comes alone or among others, so its answer is the same to the last bit.

The shares are Shapley values of the game in which a leaf is reached with probability ``prod(o_j or z_j)``: feature
``j`` leads the row there (``o_j`` is 1) or away (0), and ``z_j`` is the share of training rows that go there where
``j`` is not known (Lundberg et al. 2018). By Owen's multilinear extension (1972) feature ``j``'s share is the integral
over ``t`` in [0, 1] of ``(o_j - z_j) prod_{i != j} (o_i t + z_i (1 - t))``. That is a polynomial, which the rule of
Gauss and Legendre sums exactly; all factors are positive, so nothing cancels.
"""
# mypy: disable-error-code=no-untyped-def

from __future__ import annotations

import numpy as np

from models.tree_shap.compiled import compiled

CHUNK = 512
"""Rows that go through a tree together, so that its tables stay in the processor's cache (measured)."""

ORDINARY, ZERO_IS_MISSING, CATEGORIES = 0, 1, 2
"""Kinds of questions."""

ZERO = float(np.float32(1e-35))
"""LightGBM's kZeroThreshold: what is not larger counts as 0."""

END_OF_INT = 2.0**31


@compiled
def goes_left(node, words, value):
    """Return whether a value goes left, as LightGBM decides; small values are 0 already, see :func:`as_read`."""
    if node.kind == CATEGORIES:
        if not (-1.0 < value < END_OF_INT):
            return False
        code = np.int64(value)
        word = code >> 5
        if word >= node.word_count:
            return False
        return (words[node.word_start + word] >> np.uint32(code & 31)) & np.uint32(1) == np.uint32(1)
    if value != value or (node.kind == ZERO_IS_MISSING and value == 0.0):
        return node.missing_left == 1
    return value <= node.threshold


@compiled
def as_read(value):
    """Return a value as LightGBM reads it from a dense row."""
    return 0.0 if abs(value) <= ZERO else value


@compiled
def margins(matrix, trees, nodes, words, leaf_values, out):
    """Add every tree's leaf to ``out``, shape (n,), in the order of the trees."""
    for row in range(len(matrix)):
        total = 0.0
        for number in range(len(trees)):
            place = trees[number].root
            while place >= 0:
                node = nodes[place]
                left = goes_left(node, words, as_read(matrix[row, node.column]))
                place = node.left if left else node.right
            total += leaf_values[-place - 1]
        out[row] += total


@compiled
def many_rows(
    matrix, trees, nodes, words, leaf_values, splits, blocks, block_nodes, block_columns, table, rule, most, out
):
    """Add every tree's shares to ``out``, shape (n, p + 1), whose last column is left alone.

    ``most`` holds the largest number of questions, of slots and of questions on a path in any tree. Each question is
    asked of a chunk of rows at once, which the processor does for several rows in one step.
    """
    count, columns = matrix.shape
    size = min(CHUNK, count)
    values = np.empty((columns, size))
    decisions = np.empty((most[0], size), dtype=np.uint16)
    away = np.zeros((most[1], size), dtype=np.uint16)
    pattern = np.empty(size, dtype=np.uint16)
    own_values = np.empty(columns)
    for start in range(0, count, CHUNK):
        rows = min(CHUNK, count - start)
        for row in range(rows):
            for column in range(columns):
                values[column, row] = as_read(matrix[start + row, column])
        for number in range(len(trees)):
            tree = trees[number]
            for place in range(tree.node_count):
                _answers(nodes[tree.first_node + place], words, values, rows, decisions[place])
            for row in range(rows):
                away[0, row] = 0
            for place in range(tree.split_start, tree.split_end):
                _hand_down(splits[place], tree, decisions, rows, away)
            for place in range(tree.block_start, tree.block_end):
                block = blocks[place]
                _patterns(block, tree, block_nodes, decisions, away, rows, pattern)
                _look_up(block, block_columns, table, pattern, start, rows, out)
        for row in range(rows):
            for column in range(columns):
                own_values[column] = values[column, row]
            _all_long_paths(own_values, trees, nodes, words, leaf_values, rule, most[2], out[start + row])


@compiled
def _answers(node, words, values, rows, decisions):
    """Put every row's answer to a question into ``decisions``: 1 goes left."""
    value = values[node.column]
    if node.kind == ORDINARY:
        threshold, missing_left = node.threshold, node.missing_left
        for row in range(rows):
            decisions[row] = (value[row] <= threshold) | ((value[row] != value[row]) & missing_left)
    else:
        for row in range(rows):
            decisions[row] = goes_left(node, words, value[row])


@compiled
def _hand_down(split, tree, decisions, rows, away):
    """Hand the features that led away to the places left and right of a question."""
    answer, known = decisions[split.node - tree.first_node], away[split.slot - tree.first_slot]
    left, right = away[split.left_slot - tree.first_slot], away[split.right_slot - tree.first_slot]
    bit = np.uint16(split.bit)
    for row in range(rows):
        before = known[row]
        left[row] = before | (bit * (np.uint16(1) - answer[row]))
        right[row] = before | (bit * answer[row])


@compiled
def _patterns(block, tree, block_nodes, decisions, away, rows, pattern):
    """Put every row's pattern in a block into ``pattern``."""
    above = away[block.slot - tree.first_slot]
    for row in range(rows):
        pattern[row] = above[row]
    for question in range(block.node_start, block.node_end):
        own = decisions[block_nodes[question] - tree.first_node]
        shift = np.uint16(block.context + question - block.node_start)
        for row in range(rows):
            pattern[row] |= own[row] << shift


@compiled
def _look_up(block, block_columns, table, pattern, start, rows, out):
    """Add every row's line of a block's table to its shares."""
    for row in range(rows):
        line = block.table_start + np.int64(pattern[row]) * block.column_count
        for column in range(block.column_count):
            out[start + row, block_columns[block.column_start + column]] += table[line + column]


@compiled
def one_row(
    row, trees, nodes, words, leaf_values, splits, blocks, block_nodes, block_columns, table, rule, most,
    thresholds, columns, missing_left, others, out,
):  # fmt: skip
    """Add every tree's shares to ``out``, shape (p + 1,): as :func:`many_rows`, each step for all trees at once.

    So a single row, too, keeps the processor's lanes full and has all its look-ups under way together. ``thresholds``,
    ``columns`` and ``missing_left`` repeat the nodes' entries without gaps; ``others`` are the questions that are not
    ordinary.
    """
    values = np.empty(len(row))
    for column in range(len(row)):
        values[column] = as_read(row[column])
    decisions = np.empty(len(nodes), dtype=np.uint16)
    for place in range(len(nodes)):
        value = values[columns[place]]
        decisions[place] = (value <= thresholds[place]) | ((value != value) & missing_left[place])
    for place in others:
        decisions[place] = goes_left(nodes[place], words, values[columns[place]])
    away = np.zeros(most[3], dtype=np.uint16)
    for place in range(len(splits)):
        split = splits[place]
        answer, known, bit = decisions[split.node], away[split.slot], np.uint16(split.bit)
        away[split.left_slot] = known | (bit * (np.uint16(1) - answer))
        away[split.right_slot] = known | (bit * answer)
    lines = np.empty(len(blocks), dtype=np.int64)
    for place in range(len(blocks)):
        block = blocks[place]
        pattern = np.int64(away[block.slot])
        for question in range(block.node_start, block.node_end):
            pattern |= np.int64(decisions[block_nodes[question]]) << (block.context + question - block.node_start)
        lines[place] = block.table_start + pattern * block.column_count
    for place in range(len(blocks)):
        line, first = lines[place], blocks[place].column_start
        for column in range(blocks[place].column_count):
            out[block_columns[first + column]] += table[line + column]
    _all_long_paths(values, trees, nodes, words, leaf_values, rule, most[2], out)


@compiled
def _all_long_paths(values, trees, nodes, words, leaf_values, rule, deepest, shares):
    """Add one row's shares from the leaves that no table holds, tree by tree."""
    for number in range(len(trees)):
        if trees[number].long:
            _long_paths(trees[number].root, values, nodes, words, leaf_values, rule, deepest, shares)


@compiled
def _long_paths(root, values, nodes, words, leaf_values, rule, deepest, shares):
    """Add one row's shares from the leaves of a tree that no table holds, by going all the paths to them.

    On the way down each feature of the path keeps its ratio and whether it led here; on the way up they are put back.
    """
    column = np.empty(deepest + 1, dtype=np.int32)
    ratio, leads = np.empty(deepest + 1), np.empty(deepest + 1, dtype=np.bool_)
    before = np.empty(deepest + 1)
    gain = np.empty(deepest + 1)
    # What each level of the descent changed.
    place, turn = np.empty(deepest + 1, dtype=np.int32), np.zeros(deepest + 1, dtype=np.int8)
    at, length = np.empty(deepest + 1, dtype=np.int32), np.zeros(deepest + 2, dtype=np.int32)
    old_ratio, old_leads = np.empty(deepest + 1), np.empty(deepest + 1, dtype=np.bool_)
    level = 0
    place[0], at[0] = root, -1
    while level >= 0:
        if at[level] >= 0:
            ratio[at[level]], leads[at[level]] = old_ratio[level], old_leads[level]
            at[level] = -1
        if turn[level] == 2:
            level -= 1
            continue
        node = nodes[place[level]]
        is_left = turn[level] == 0
        turn[level] += 1
        if (node.left_long if is_left else node.right_long) == 0:
            continue
        led = goes_left(node, words, values[node.column]) == is_left
        passing = node.left_ratio if is_left else node.right_ratio
        known = length[level]
        found = 0
        while found < known and column[found] != node.column:
            found += 1
        if found < known:
            at[level], old_ratio[level], old_leads[level] = found, ratio[found], leads[found]
            ratio[found] *= passing
            leads[found] = leads[found] and led
        else:
            column[known], ratio[known], leads[known] = node.column, passing, led
            known += 1
        child = node.left if is_left else node.right
        if child >= 0:
            level += 1
            place[level], turn[level], at[level], length[level] = child, 0, -1, known
        else:
            _path_shares(ratio, leads, known, rule, before, gain)
            for feature in range(known):
                shares[column[feature]] += leaf_values[-child - 1] * gain[feature]


@compiled
def _path_shares(ratio, leads, known, rule, before, gain):
    """Put each feature's share of a leaf of value 1 into ``gain``; the rule's ``t`` and weights are its two rows."""
    for feature in range(known):
        gain[feature] = 0.0
    for point in range(rule.shape[1]):
        t = rule[0, point]
        product = rule[1, point]
        for feature in range(known):
            before[feature] = product
            product *= (t if leads[feature] else 0.0) + ratio[feature] * (1.0 - t)
        after = 1.0
        for feature in range(known - 1, -1, -1):
            gain[feature] += before[feature] * after
            after *= (t if leads[feature] else 0.0) + ratio[feature] * (1.0 - t)
    for feature in range(known):
        gain[feature] *= (1.0 if leads[feature] else 0.0) - ratio[feature]


@compiled
def fill(blocks, leaves, features, steps, rule, most_features, table):
    """Add every leaf's shares to its block's table, one line per pattern.

    Where feature ``j`` led away its share is minus the sum ``G`` over the rule of ``prod_i (...) / (1 - t)``, the same
    for all that led away; where it led here, ``(1 - z_j) / z_j`` times the ``G`` of the pattern in which it had not.
    """
    product = np.empty((1 << most_features, rule.shape[1]))
    sums = np.empty(1 << most_features)
    ratio, leads = np.empty(most_features), np.empty(most_features, dtype=np.bool_)
    before, gain = np.empty(most_features), np.empty(most_features)
    for number in range(len(blocks)):
        block = blocks[number]
        patterns = 1 << (block.context + block.node_end - block.node_start)
        for leaf_number in range(block.leaf_start, block.leaf_end):
            leaf = leaves[leaf_number]
            known = leaf.feature_end - leaf.feature_start
            for feature in range(known):
                ratio[feature] = features[leaf.feature_start + feature].ratio
            _sums(ratio, known, rule, product, sums)
            for pattern in range(patterns):
                away = pattern & ((1 << block.context) - 1)
                for place in range(leaf.step_start, leaf.step_end):
                    step = steps[place]
                    if (pattern >> step.question) & 1 != step.wanted:
                        away |= 1 << step.feature
                line = block.table_start + np.int64(pattern) * block.column_count
                for feature in range(known):
                    bit = 1 << feature
                    if away & bit:
                        share = -sums[away]
                    elif ratio[feature] > 0.0:
                        share = (1.0 - ratio[feature]) / ratio[feature] * sums[away | bit]
                    else:
                        # No training row went there: the product without the feature has to be summed for itself.
                        for other in range(known):
                            leads[other] = away & (1 << other) == 0
                        _path_shares(ratio, leads, known, rule, before, gain)
                        share = gain[feature]
                    table[line + features[leaf.feature_start + feature].place] += leaf.value * share


@compiled
def _sums(ratio, known, rule, product, sums):
    """Put ``G`` of every set of features that led away into ``sums``, from the empty set upwards by doubling."""
    points = rule.shape[1]
    for point in range(points):
        product[0, point] = rule[1, point] / (1.0 - rule[0, point])
    size = 1
    for feature in range(known):
        for line in range(size):
            for point in range(points):
                unknown = ratio[feature] * (1.0 - rule[0, point])
                product[line + size, point] = product[line, point] * unknown
                product[line, point] *= rule[0, point] + unknown
        size *= 2
    for line in range(size):
        total = 0.0
        for point in range(points):
            total += product[line, point]
        sums[line] = total
