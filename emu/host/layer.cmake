# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  bemu_add_layer(host SOURCES emu/host/host.c USES base)
endif()
