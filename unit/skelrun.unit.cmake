# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
bemu_add_unit(skelrun USES sys vm model btf base)

# The rows of corpus/vm on the running kernel, where it lets us.
if(TARGET test_vm)
  add_test(NAME vm_host COMMAND test_vm --host)
  set_tests_properties(vm_host PROPERTIES LABELS host SKIP_RETURN_CODE 77 TIMEOUT 600)
endif()
