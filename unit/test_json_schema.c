/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * Checks JSON lines on stdin against the schemas of a folder. It knows the part of JSON Schema that
 * they use (type, const, enum, pattern-free strings, required, properties, additionalProperties:
 * false, items, minimum) and refuses a schema that uses more.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static const char *const types[] = { "call", "map",	"prog",	   "insn",  "relo",
				     "fd",   "finding", "verdict", "layout" };

enum { NR_TYPES = sizeof(types) / sizeof(types[0]) };

static bool is_type(const json_t *val, const char *name)
{
	if (!strcmp(name, "object"))
		return json_is_object(val);
	if (!strcmp(name, "array"))
		return json_is_array(val);
	if (!strcmp(name, "string"))
		return json_is_string(val);
	if (!strcmp(name, "integer"))
		return json_is_integer(val);
	if (!strcmp(name, "boolean"))
		return json_is_boolean(val);
	if (!strcmp(name, "null"))
		return json_is_null(val);
	fprintf(stderr, "schema: type %s is not known here\n", name);
	exit(2);
}

static bool check_type(const json_t *schema, const json_t *val)
{
	const json_t *one;
	size_t i;

	if (!json_is_array(schema))
		return is_type(val, json_string_value(schema));
	json_array_foreach(schema, i, one)
	{
		if (is_type(val, json_string_value(one)))
			return true;
	}
	return false;
}

static bool is_one_of(const json_t *list, const json_t *val)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_equal(one, val))
			return true;
	}
	return false;
}

static bool complain(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	return false;
}

static bool check(json_t *schema, json_t *val, const char *path);

static bool check_object(json_t *schema, json_t *val, const char *path)
{
	json_t *props = json_object_get(schema, "properties"), *need, *sub;
	char below[256];
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, need)
	{
		if (!json_object_get(val, json_string_value(need)))
			return complain(path, json_string_value(need));
	}
	if (!props) /* members of any name */
		return true;
	json_object_foreach(val, key, sub)
	{
		json_t *of = json_object_get(props, key);

		snprintf(below, sizeof(below), "%s.%s", path, key);
		if (!of)
			return complain(below, "not in the schema");
		if (!check(of, sub, below))
			return false;
	}
	return true;
}

static bool check(json_t *schema, json_t *val, const char *path)
{
	json_t *rule, *item;
	const char *key;
	size_t i;

	json_object_foreach(schema, key, rule)
	{
		if (key[0] == '$' || !strcmp(key, "title") || !strcmp(key, "description") ||
		    !strcmp(key, "required") || !strcmp(key, "properties") ||
		    !strcmp(key, "additionalProperties"))
			continue;
		if (!strcmp(key, "type")) {
			if (!check_type(rule, val))
				return complain(path, "wrong type");
		} else if (!strcmp(key, "const")) {
			if (!json_equal(rule, val))
				return complain(path, "not the constant");
		} else if (!strcmp(key, "enum")) {
			if (!is_one_of(rule, val))
				return complain(path, "not one of the enumeration");
		} else if (!strcmp(key, "minimum")) {
			if (json_is_integer(val) &&
			    json_integer_value(val) < json_integer_value(rule))
				return complain(path, "below the minimum");
		} else if (!strcmp(key, "items")) {
			json_array_foreach(val, i, item)
			{
				if (!check(rule, item, path))
					return false;
			}
		} else {
			fprintf(stderr, "schema: keyword %s is not known here\n", key);
			exit(2);
		}
	}
	return !json_is_object(val) || check_object(schema, val, path);
}

int main(int argc, char **argv)
{
	size_t counts[NR_TYPES] = { 0 }, room = 0, i;
	json_t *schemas[NR_TYPES];
	unsigned long line_nr = 0;
	json_error_t error;
	char path[512], *line = NULL;
	int bad = 0;

	if (argc != 2)
		return 2;
	for (i = 0; i < NR_TYPES; i++) {
		snprintf(path, sizeof(path), "%s/%s.json", argv[1], types[i]);
		schemas[i] = json_load_file(path, 0, &error);
		if (!schemas[i]) {
			fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
			return 2;
		}
	}
	while (getline(&line, &room, stdin) > 0) {
		json_t *rec = json_loads(line, 0, &error);
		const char *type = json_string_value(json_object_get(rec, "type"));

		line_nr++;
		for (i = 0; type && i < NR_TYPES && strcmp(type, types[i]); i++)
			;
		if (!type || i == NR_TYPES) {
			fprintf(stderr, "line %lu: no record of a known type\n", line_nr);
			bad = 1;
		} else {
			counts[i]++;
			if (!check(schemas[i], rec, type)) {
				fprintf(stderr, "line %lu: %s", line_nr, line);
				bad = 1;
			}
		}
		json_decref(rec);
	}
	free(line);
	for (i = 0; i < NR_TYPES; i++) {
		printf("%s %zu\n", types[i], counts[i]);
		if (!counts[i]) {
			fprintf(stderr, "no record of type %s\n", types[i]);
			bad = 1;
		}
		json_decref(schemas[i]);
	}
	return bad;
}
