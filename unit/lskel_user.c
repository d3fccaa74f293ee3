/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * A program as people write them for the header that "bpftool gen skeleton -L agent.bpf.o" makes. It is
 * compiled with that header and with the one of "bemu gen"; what it prints has to be the same.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/types.h>

#include <bpf/skel_internal.h>

typedef __s32 s32;
typedef __u32 u32;
typedef __u64 u64;

#include HEADER

/* Never run: it would load the programs. */
int agent(int tgid);
int agent(int tgid)
{
	struct agent_bpf *skel = agent_bpf__open();
	int err;

	if (!skel)
		return -ENOMEM;
	skel->rodata->only_tgid = tgid;
	skel->bss->dropped = 0;
	skel->maps.events.max_entries = 1 << 16;
	skel->ctx.log_level = 1;
	err = agent_bpf__load(skel);
	if (!err)
		err = agent_bpf__on_exit__attach(skel);
	if (!err)
		err = agent_bpf__attach(skel);
	if (!err)
		printf("%llu dropped, %d %d %d\n", (unsigned long long)skel->bss->dropped,
		       skel->maps.counts.map_fd, skel->progs.on_exec.prog_fd,
		       skel->links.on_exit_fd);
	agent_bpf__detach(skel);
	agent_bpf__destroy(skel);
	skel = agent_bpf__open_and_load();
	agent_bpf__destroy(skel);
	return err;
}

#define SHOW(member) printf("%-16s at %zu\n", #member, offsetof(struct agent_bpf, member))

int main(void)
{
	const struct agent_bpf *skel = NULL;

	SHOW(ctx);
	SHOW(maps.started);
	SHOW(maps.events);
	SHOW(maps.counts);
	SHOW(maps.rodata);
	SHOW(maps.bss);
	SHOW(progs.on_exec);
	SHOW(progs.on_exit);
	SHOW(links.on_exec_fd);
	SHOW(links.on_exit_fd);
	SHOW(rodata);
	SHOW(bss);
	printf("only_tgid at %zu, dropped at %zu\n", offsetof(__typeof__(*skel->rodata), only_tgid),
	       offsetof(__typeof__(*skel->bss), dropped));
	printf("%zu bytes of rodata, %zu of bss, %zu in all\n", sizeof(*skel->rodata),
	       sizeof(*skel->bss), sizeof(*skel));
	return 0;
}
