/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * One walk tells of every reference that really is there. It is made twice: first into a hash table of
 * everything that is alive, which counts; then, for what has a wrong counter, to name its holders. What a
 * reference points at is only compared as an address until the table knows it to be alive.
 */
#include "audit/refs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ints.h"
#include "model/model.h"

/** enum thing - what can be held */
enum thing { THING_OBJ, THING_FILE, THING_TABLE, THING_INODE, THING_MODULE };

/** enum how - in which way something is held */
enum how {
	HOW_FD,
	HOW_FLIGHT,
	HOW_MAPPING,
	HOW_TASK, /* an FD table */
	HOW_FILE,
	HOW_NAME, /* an inode */
	HOW_PIN,
	HOW_MAP_BTF,
	HOW_ELEM,
	HOW_USED,
	HOW_KFUNC,
	HOW_PROG_BTF,
	HOW_ATTACH,
	HOW_TARGET,
	HOW_LINK,
	HOW_CLEAR,
	HOW_REGISTRY,
	HOW_OTHER, /* not BPF */
};

/** struct ref - one reference; @by is a task, file, name, object or module, as @how tells; @no: a number or slot */
struct ref {
	const void *to;
	enum thing thing;
	enum how how;
	const void *by;
	uint32_t no;
};

/** struct entry - something alive and how often it was found to be held; @users: by open files and pins */
struct entry {
	const void *ptr;
	enum thing thing;
	uint32_t held, users, writers;
	bool walked; /* what it holds itself was told of */
};

struct walk {
	const struct bemu_model *model;
	struct bemu_findings *set;
	uint32_t step;
	struct entry *entries;
	uint32_t nr_slots;
	int (*tell)(struct walk *w, const struct ref *ref);
	const struct entry *wanted; /* whose holders are to be named */
	struct bemu_finding *finding;
};

static uint32_t slot_of(const struct walk *w, const void *ptr)
{
	uint64_t h = (uint64_t)(uintptr_t)ptr * 0x9e3779b97f4a7c15ull;

	return bemu_wrap_u32(h >> 32) & (w->nr_slots - 1);
}

/* The entry of @ptr, or the free one where it would be. */
static struct entry *find(const struct walk *w, const void *ptr)
{
	uint32_t i = slot_of(w, ptr);

	while (w->entries[i].ptr && w->entries[i].ptr != ptr)
		i = (i + 1) & (w->nr_slots - 1);
	return &w->entries[i];
}

static struct entry *add(struct walk *w, const void *ptr, enum thing thing)
{
	struct entry *e = find(w, ptr);

	e->ptr = ptr;
	e->thing = thing;
	return e;
}

static int tell(struct walk *w, const void *to, enum thing thing, enum how how, const void *by,
		uint32_t no)
{
	const struct ref ref = { to, thing, how, by, no };

	return to ? w->tell(w, &ref) : 0;
}

static const char *const kinds[] = { "map", "prog", "btf", "link" };

static void name_obj(const struct bemu_kobj *obj, char *buf, size_t len)
{
	const char *name = "";

	if (obj->kind == BEMU_OBJ_MAP)
		name = ((const struct bemu_map *)obj)->name;
	else if (obj->kind == BEMU_OBJ_PROG)
		name = ((const struct bemu_prog *)obj)->name;
	else if (obj->kind == BEMU_OBJ_BTF)
		name = ((const struct bemu_kbtf *)obj)->name;
	if (obj->id)
		snprintf(buf, len, "%s %u%s%s", kinds[obj->kind], obj->id, *name ? " " : "", name);
	else
		snprintf(buf, len, "%s%s%s without an id", kinds[obj->kind], *name ? " " : "",
			 name);
}

/* A file by its first number, which is what people know it by. */
static void name_file(const struct bemu_model *model, const struct bemu_file *file, char *buf,
		      size_t len)
{
	const struct bemu_task *task;
	uint32_t fd;

	for (task = model->tasks; task; task = task->next)
		for (fd = 0; fd < task->fds->cap; fd++)
			if (task->fds->arr[fd].file == file) {
				snprintf(buf, len, "fd %u of task %u", fd, task->pid);
				return;
			}
	snprintf(buf, len, "an open file without a number");
}

static void name_thing(const struct bemu_model *model, const void *ptr, enum thing thing, char *buf,
		       size_t len)
{
	switch (thing) {
	case THING_OBJ:
		name_obj(ptr, buf, len);
		break;
	case THING_FILE:
		name_file(model, ptr, buf, len);
		break;
	case THING_TABLE:
		snprintf(buf, len, "an FD table");
		break;
	case THING_INODE:
		snprintf(buf, len, "a file in bpffs");
		break;
	case THING_MODULE:
		snprintf(buf, len, "module %s", ((const struct bemu_module *)ptr)->name);
		break;
	}
}

static void name_holder(const struct bemu_model *model, const struct ref *ref, char *buf,
			size_t len)
{
	char by[80] = "";

	switch (ref->how) {
	case HOW_FD:
		snprintf(buf, len, "fd %u of task %u", ref->no,
			 ((const struct bemu_task *)ref->by)->pid);
		return;
	case HOW_FLIGHT:
		snprintf(buf, len, "the socket of task %u",
			 ((const struct bemu_task *)ref->by)->pid);
		return;
	case HOW_MAPPING:
		snprintf(buf, len, "a mapping of task %u",
			 ((const struct bemu_task *)ref->by)->pid);
		return;
	case HOW_TASK:
		snprintf(buf, len, "task %u", ((const struct bemu_task *)ref->by)->pid);
		return;
	case HOW_FILE:
		name_file(model, ref->by, buf, len);
		return;
	case HOW_NAME:
	case HOW_PIN:
		snprintf(buf, len, "name %s in bpffs", ((const struct bemu_pin *)ref->by)->name);
		return;
	case HOW_REGISTRY:
		snprintf(buf, len, "the registry of kernel BTF");
		return;
	case HOW_OTHER:
		snprintf(buf, len, "something else than BPF");
		return;
	default:
		break;
	}
	name_obj(ref->by, by, sizeof(by));
	snprintf(buf, len, "%s%s", by,
		 ref->how == HOW_KFUNC	  ? ", which calls into it"
		 : ref->how == HOW_ATTACH ? ", which is for it"
		 : ref->how == HOW_TARGET ? ", which is attached to it"
		 : ref->how == HOW_CLEAR  ? ", which waits to be emptied"
					  : "");
}

/* The holders of one thing, as lines of its finding. */
static int name_refs(struct walk *w, const struct ref *ref)
{
	char buf[120];

	if (ref->to != w->wanted->ptr || w->finding->nr_lines + 1 >= BEMU_FINDING_LINES)
		return 0;
	name_holder(w->model, ref, buf, sizeof(buf));
	bemu_finding_line(w->finding, "held    by %s", buf);
	return 0;
}

/* What is held and not alive. */
static int dangling(struct walk *w, const struct ref *ref)
{
	bool module = ref->thing == THING_MODULE;
	char by[120];

	name_holder(w->model, ref, by, sizeof(by));
	return bemu_findings_add(w->set,
				 module ? BEMU_FINDING_MODULE_GONE
					: BEMU_FINDING_OBJECT_USE_AFTER_FREE,
				 w->step, -1, "%s holds %s that %s", by,
				 module			    ? "a module"
				 : ref->thing == THING_FILE ? "a file"
							    : "an object",
				 module ? "is gone" : "was freed")
		       ? 0
		       : -ENOMEM;
}

static int count_ref(struct walk *w, const struct ref *ref)
{
	struct entry *e = find(w, ref->to);

	if (!e->ptr) {
		if (ref->thing != THING_TABLE && ref->thing != THING_INODE)
			return dangling(w, ref);
		add(w, ref->to, ref->thing); /* these are known by their holders alone */
		e = find(w, ref->to);
	}
	e->held++;
	e->users += ref->how == HOW_FILE || ref->how == HOW_PIN;
	return 0;
}

static int walk_table(struct walk *w, const struct bemu_task *task)
{
	const struct bemu_fdtab *fds = task->fds;
	struct entry *e = find(w, fds);
	uint32_t fd;
	int err = 0;

	if (e->walked)
		return 0;
	e->walked = true;
	for (fd = 0; fd < fds->cap && !err; fd++)
		err = tell(w, fds->arr[fd].file, THING_FILE, HOW_FD, task, fd);
	return err;
}

static int walk_task(struct walk *w, const struct bemu_task *task)
{
	const struct bemu_flight *flight;
	const struct bemu_mapping *map;
	int err = tell(w, task->fds, THING_TABLE, HOW_TASK, task, 0);

	if (!err)
		err = walk_table(w, task);
	for (flight = task->flights; flight && !err; flight = flight->next)
		err = tell(w, flight->file, THING_FILE, HOW_FLIGHT, task, 0);
	for (map = task->mappings; map && !err; map = map->next) {
		err = tell(w, map->file, THING_FILE, HOW_MAPPING, task, 0);
		if (map->write && w->tell == count_ref && find(w, map->file)->ptr)
			find(w, map->file->obj)->writers++;
	}
	return err;
}

static int walk_names(struct walk *w)
{
	const struct bemu_pin *pin = NULL;
	int err = 0;

	while (!err && (pin = bemu_pin_next(w->model, pin))) {
		const struct bemu_inode *inode = pin->inode;

		if (!inode)
			continue;
		err = tell(w, inode, THING_INODE, HOW_NAME, pin, 0);
		if (!err && !find(w, inode)->walked)
			err = tell(w, inode->obj, THING_OBJ, HOW_PIN, pin, 0);
		find(w, inode)->walked = true;
	}
	return err;
}

static int walk_map(struct walk *w, const struct bemu_map *map)
{
	const struct bemu_elem *elem;
	int err = tell(w, map->btf, THING_OBJ, HOW_MAP_BTF, map, 0);
	struct bemu_kobj *obj;
	uint32_t i;

	for (i = 0; map->slots && i < map->max_entries && !err; i++)
		err = tell(w, map->slots[i], THING_OBJ, HOW_ELEM, map, i);
	if (map->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		for (elem = map->first; elem && !err; elem = elem->next) {
			memcpy(&obj, (const char *)elem->data + ((map->key_size + 7) & ~7u),
			       sizeof(obj));
			err = tell(w, obj, THING_OBJ, HOW_ELEM, map, 0);
		}
	return err;
}

/* An orphan among what a program's code was made from: its module went, and the code stayed. */
static int check_gone(struct walk *w, const struct bemu_prog *prog,
		      const struct bemu_used_btf *used)
{
	char name[80], btf[80];

	if (w->tell != count_ref || used->mod || !find(w, used->btf)->ptr || !used->btf->module ||
	    used->btf->mod)
		return 0;
	name_obj(&prog->obj, name, sizeof(name));
	name_obj(&used->btf->obj, btf, sizeof(btf));
	return bemu_findings_add(w->set, BEMU_FINDING_MODULE_GONE, w->step, -1,
				 "%s was made from %s, whose module is gone", name, btf)
		       ? 0
		       : -ENOMEM;
}

static int walk_prog(struct walk *w, const struct bemu_prog *prog)
{
	int err = tell(w, prog->btf, THING_OBJ, HOW_PROG_BTF, prog, 0);
	uint32_t i;

	if (!err)
		err = tell(w, prog->attach_btf, THING_OBJ, HOW_ATTACH, prog, 0);
	if (!err)
		err = tell(w, prog->attach_mod, THING_MODULE, HOW_ATTACH, prog, 0);
	if (!err)
		err = tell(w, prog->dst_prog, THING_OBJ, HOW_ATTACH, prog, 0);
	for (i = 0; i < prog->nr_used_maps && !err; i++)
		err = tell(w, prog->used_maps[i], THING_OBJ, HOW_USED, prog, i);
	for (i = 0; i < prog->nr_used_btfs && !err; i++) {
		err = tell(w, prog->used_btfs[i].btf, THING_OBJ, HOW_USED, prog, i);
		if (!err)
			err = tell(w, prog->used_btfs[i].mod, THING_MODULE, HOW_USED, prog, i);
		if (!err)
			err = check_gone(w, prog, &prog->used_btfs[i]);
	}
	for (i = 0; i < prog->nr_kfunc_btfs && !err; i++) {
		err = tell(w, prog->kfunc_btfs[i].btf, THING_OBJ, HOW_KFUNC, prog, i);
		if (!err)
			err = tell(w, prog->kfunc_btfs[i].mod, THING_MODULE, HOW_KFUNC, prog, i);
		if (!err)
			err = check_gone(w, prog, &prog->kfunc_btfs[i]);
	}
	return err;
}

static int walk_link(struct walk *w, const struct bemu_link *link)
{
	int err = tell(w, link->prog, THING_OBJ, HOW_LINK, link, 0);

	if (!err)
		err = tell(w, link->mod, THING_MODULE, HOW_TARGET, link, 0);
	if (!err)
		err = tell(w, link->tgt_prog, THING_OBJ, HOW_TARGET, link, 0);
	return err;
}

static int walk_objects(struct walk *w)
{
	const struct bemu_model *model = w->model;
	const struct bemu_kobj *obj;
	int err = 0;

	for (obj = model->objs[BEMU_OBJ_MAP].oldest; obj && !err; obj = obj->newer)
		err = walk_map(w, (const struct bemu_map *)obj);
	for (obj = model->objs[BEMU_OBJ_PROG].oldest; obj && !err; obj = obj->newer)
		err = walk_prog(w, (const struct bemu_prog *)obj);
	for (obj = model->objs[BEMU_OBJ_LINK].oldest; obj && !err; obj = obj->newer)
		err = walk_link(w, (const struct bemu_link *)obj);
	return err;
}

static int walk_modules(struct walk *w)
{
	const struct bemu_module *mod;
	uint32_t i;
	int err = tell(w, w->model->vmlinux, THING_OBJ, HOW_REGISTRY, NULL, 0);

	for (mod = w->model->modules; mod && !err; mod = mod->next) {
		err = tell(w, mod->btf, THING_OBJ, HOW_REGISTRY, mod, 0);
		for (i = 0; i < mod->held && !err; i++)
			err = tell(w, mod, THING_MODULE, HOW_OTHER, mod, 0);
	}
	return err;
}

static int walk_all(struct walk *w)
{
	const struct bemu_defer *step;
	const struct bemu_file *file;
	const struct bemu_task *task;
	uint32_t i;
	int err = 0;

	for (i = 0; i < w->nr_slots; i++)
		w->entries[i].walked = false;
	for (task = w->model->tasks; task && !err; task = task->next)
		err = walk_task(w, task);
	for (file = w->model->oldest_file; file && !err; file = file->newer)
		err = tell(w, file->obj, THING_OBJ, HOW_FILE, file, 0);
	if (!err)
		err = walk_names(w);
	if (!err)
		err = walk_objects(w);
	for (step = w->model->dead; step && !err; step = step->next)
		if (step->what == BEMU_DEFER_MAP_CLEAR)
			err = tell(w, step->obj, THING_OBJ, HOW_CLEAR, step->obj, 0);
	return err ? err : walk_modules(w);
}

/* Everything alive, found by its lists; tables and inodes join when their holders are met. */
static int fill(struct walk *w)
{
	const struct bemu_model *model = w->model;
	const struct bemu_pin *pin = NULL;
	const struct bemu_module *mod;
	const struct bemu_kobj *obj;
	const struct bemu_file *file;
	const struct bemu_task *task;
	uint64_t nr = 8;
	uint32_t kind, bits = 4;

	for (kind = 0; kind < BEMU_OBJ_NR; kind++)
		for (obj = model->objs[kind].oldest; obj; obj = obj->newer)
			nr++;
	for (file = model->oldest_file; file; file = file->newer)
		nr++;
	for (task = model->tasks; task; task = task->next)
		nr++;
	for (mod = model->modules; mod; mod = mod->next)
		nr++;
	while ((pin = bemu_pin_next(model, pin)))
		nr++;
	while ((uint64_t)1 << bits < nr * 2)
		bits++;
	w->nr_slots = 1u << bits;
	w->entries = bemu_zalloc_array(w->set->env, w->nr_slots, sizeof(*w->entries));
	if (!w->entries)
		return -ENOMEM;
	for (kind = 0; kind < BEMU_OBJ_NR; kind++)
		for (obj = model->objs[kind].oldest; obj; obj = obj->newer)
			if (!obj->gone)
				(void)add(w, obj, THING_OBJ);
	for (file = model->oldest_file; file; file = file->newer)
		(void)add(w, file, THING_FILE);
	for (mod = model->modules; mod; mod = mod->next)
		(void)add(w, mod, THING_MODULE);
	return 0;
}

static uint32_t counter_of(const struct entry *e)
{
	switch (e->thing) {
	case THING_OBJ:
		return ((const struct bemu_kobj *)e->ptr)->refs;
	case THING_FILE:
		return ((const struct bemu_file *)e->ptr)->refs;
	case THING_TABLE:
		return ((const struct bemu_fdtab *)e->ptr)->refs;
	case THING_INODE:
		return ((const struct bemu_inode *)e->ptr)->refs;
	case THING_MODULE:
		return ((const struct bemu_module *)e->ptr)->refs;
	}
	return 0;
}

enum { MAX_NAMED = 8 /* findings with their holders, so that costs stay linear */ };

static int report(struct walk *w, const struct entry *e, const char *counter, uint32_t has,
		  uint32_t held)
{
	bool dying = e->thing == THING_OBJ && !counter_of(e) && held;
	enum bemu_finding_id id = dying			     ? BEMU_FINDING_OBJECT_USE_AFTER_FREE
				  : has < held		     ? BEMU_FINDING_REF_UNDERFLOW
				  : e->thing == THING_MODULE ? BEMU_FINDING_MODULE_PINNED
							     : BEMU_FINDING_REF_LEAK;
	int (*count)(struct walk * w, const struct ref *ref) = w->tell;
	char name[100];
	int err = 0;

	name_thing(w->model, e->ptr, e->thing, name, sizeof(name));
	w->finding = bemu_findings_add(w->set, id, w->step, -1,
				       "%s: its %s is %u, it is held %u times", name, counter, has,
				       held);
	if (!w->finding)
		return -ENOMEM;
	if (w->set->nr <= MAX_NAMED) {
		w->wanted = e;
		w->tell = name_refs;
		err = walk_all(w);
		w->tell = count;
	}
	bemu_finding_line(w->finding, "judged  by a recount of all holders");
	return err;
}

/* Timers end with the last user, and only the next user could end one that was made later. */
static int report_timer(struct walk *w, const struct bemu_map *map)
{
	char name[100];

	name_obj(&map->obj, name, sizeof(name));
	return bemu_findings_add(w->set, BEMU_FINDING_REF_LEAK, w->step, -1,
				 "%s has a timer, and nobody has the map open", name)
		       ? 0
		       : -ENOMEM;
}

static int compare(struct walk *w, const struct entry *e)
{
	const struct bemu_map *map = e->ptr;
	int err = 0;

	if (counter_of(e) != e->held)
		err = report(w, e, "reference count", counter_of(e), e->held);
	if (e->thing != THING_OBJ || map->obj.kind != BEMU_OBJ_MAP)
		return err;
	if (!err && map->usercnt != e->users)
		err = report(w, e, "user count", map->usercnt, e->users);
	if (!err && map->timer && !e->users)
		err = report_timer(w, map);
	if (!err && map->writecnt != e->writers)
		err = report(w, e, "count of writers", map->writecnt, e->writers);
	return err;
}

/* Every ID leads to a live object that says it is its own, and no module's BTF has one without the module. */
static int check_ids(struct walk *w)
{
	uint32_t kind, i;
	char name[80];

	for (kind = 0; kind < BEMU_OBJ_NR; kind++)
		for (i = 0; i < w->model->ids[kind].nr; i++) {
			const struct bemu_idr_slot *slot = &w->model->ids[kind].arr[i];
			const struct bemu_kbtf *kbtf = (const struct bemu_kbtf *)slot->obj;
			const char *why = NULL;

			if (!slot->obj)
				continue;
			if (!find(w, slot->obj)->ptr)
				why = "was freed";
			else if (slot->obj->id != slot->id)
				why = "has another";
			else if (!slot->obj->refs)
				why = "waits to be freed";
			else if (kind == BEMU_OBJ_BTF && kbtf->module && !kbtf->mod)
				why = "is of a module that is gone";
			if (!why)
				continue;
			snprintf(name, sizeof(name), "%s id %u", kinds[kind], slot->id);
			if (!bemu_findings_add(w->set, BEMU_FINDING_ID_STALE, w->step, -1,
					       "%s can be found, but its object %s", name, why))
				return -ENOMEM;
		}
	return 0;
}

/* A program that runs is not held, but it is there. */
static int check_running(struct walk *w)
{
	const struct bemu_running *run;
	uint32_t i;

	for (run = w->model->running; run; run = run->next) {
		if (!find(w, run->prog)->ptr &&
		    !bemu_findings_add(w->set, BEMU_FINDING_OBJECT_USE_AFTER_FREE, w->step, -1,
				       "a program runs that was freed"))
			return -ENOMEM;
		for (i = 0; i < run->nr_held; i++) {
			const struct entry *e = find(w, run->held[i].obj);

			if (e->ptr &&
			    ((const struct bemu_kobj *)e->ptr)->serial == run->held[i].serial)
				continue;
			if (!bemu_findings_add(w->set, BEMU_FINDING_OBJECT_USE_AFTER_FREE, w->step,
					       -1,
					       "a program runs that has found an object "
					       "which was freed"))
				return -ENOMEM;
		}
	}
	return 0;
}

int bemu_refs_audit(const struct bemu_model *model, uint32_t step, struct bemu_findings *set)
{
	struct walk w = { .model = model, .set = set, .step = step, .tell = count_ref };
	uint32_t i;
	int err = fill(&w);

	if (!err)
		err = walk_all(&w);
	for (i = 0; i < w.nr_slots && !err; i++)
		if (w.entries[i].ptr)
			err = compare(&w, &w.entries[i]);
	if (!err)
		err = check_ids(&w);
	if (!err)
		err = check_running(&w);
	bemu_mem_free(set->env, w.entries);
	return err;
}
