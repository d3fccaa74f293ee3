// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Names of errors as bpf_object__open() and __load() return them. */
#include <errno.h>

#include "obj/obj.h"

struct err_name {
	int err;
	const char *name;
};

/* With the minus sign in the text, so that it can be handed out as it is. */
static const struct err_name names[] = {
#define E(e)              \
	{                 \
		e, "-" #e \
	}
	E(EPERM),      E(ENOENT),     E(ESRCH),	   E(EINTR),	    E(EIO),	  E(ENXIO),
	E(E2BIG),      E(ENOEXEC),    E(EBADF),	   E(EAGAIN),	    E(ENOMEM),	  E(EACCES),
	E(EFAULT),     E(EBUSY),      E(EEXIST),   E(EXDEV),	    E(ENODEV),	  E(ENOTDIR),
	E(EISDIR),     E(EINVAL),     E(ENFILE),   E(EMFILE),	    E(EFBIG),	  E(ENOSPC),
	E(EROFS),      E(EPIPE),      E(EDOM),	   E(ERANGE),	    E(EDEADLK),	  E(ENAMETOOLONG),
	E(ENOSYS),     E(ELOOP),      E(EPROTO),   E(EBADMSG),	    E(EOVERFLOW), E(ENOTUNIQ),
	E(EOPNOTSUPP), E(EADDRINUSE), E(ENOBUFS),  E(ETIMEDOUT),    E(EALREADY),  E(ESTALE),
	E(EDQUOT),     E(ECANCELED),  E(ENOKEY),   E(EKEYREJECTED), E(EILSEQ),	  E(ENODATA),
#undef E
#define E(e)                                              \
	{                                                 \
		BEMU_LIBBPF_ERR_##e, "-LIBBPF_ERRNO__" #e \
	}
	E(LIBELF),     E(FORMAT),     E(KVERSION), E(ENDIAN),	    E(INTERNAL),  E(RELOC),
	E(LOAD),       E(VERIFY),     E(PROG2BIG), E(KVER),	    E(PROGTYPE),
#undef E
};

const char *bemu_obj_errno_name(int err)
{
	size_t i;

	for (i = 0; i < BEMU_ARRAY_SIZE(names); i++)
		if (names[i].err == -err)
			return names[i].name;
	/* the kernel's own, not in errno.h: what bpf(2) says of an operation that is not supported */
	return err == -524 ? "-ENOTSUPP" : NULL;
}
