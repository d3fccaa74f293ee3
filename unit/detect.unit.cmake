# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(detect USES audit base)
