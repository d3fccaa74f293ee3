# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Whole loads over the model: numbers, order, retries, clean-up.
bemu_add_unit(load USES load sys base)
