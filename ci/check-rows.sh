#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# Every measured row of unit/rows.txt has a test: the file that it names is built or read by the tests, and
# has a test of that name; a scenario has the row's number in its name or in a comment; a known difference has
# an entry that names the row. Usage: ci/check-rows.sh [FILE], a table in place of unit/rows.txt
set -euo pipefail
cd "$(dirname "$0")/.."

awk -F '\t' '
	function complain(text) {
		printf "%s: %s\n", $1, text
		bad = 1
	}
	# a name may be cut in two where a line of source ends
	function content(file,    line, text) {
		if (file in texts)
			return texts[file]
		while ((getline line < file) > 0)
			text = text " " line
		close(file)
		gsub(/[ \t]+/, " ", text)
		gsub(/" "/, "", text)
		texts[file] = text
		return text
	}
	function has(text, part) {
		return index(text, part) > 0
	}
	function check_unit(file, what, text,    name) {
		name = substr(file, 6)
		if (name ~ /^test_.*\.c$/) {
			name = substr(name, 6, length(name) - 7)
			if (!has(built, "bemu_add_unit(" name " "))
				complain(file " is not built")
			if (!has(text, "cmocka_unit_test(" what ")") && !has(text, "\"" what "\""))
				complain(file " has no test " what)
			return
		}
		if (!has(included, "\"" name "\""))
			complain(file " is not included")
		if (!has(text, what))
			complain(file " has no case: " what)
	}
	# the letters and digits of @id, and none behind them
	function names_row(text, id,    at) {
		while ((at = index(text, id)) > 0) {
			text = substr(text, at + length(id))
			if (text !~ /^[0-9+]/)
				return 1
		}
		return 0
	}
	function check_scenario(file, what, text, id,    name, notes, nr, i, part) {
		if (index(text, " scenario: " what " ") != 1)
			complain(file " has another title")
		name = file
		sub(/.*\//, "", name)
		if (index(name, tolower(id) "-") == 1)
			return
		nr = split(text, part, "#")
		for (i = 2; i <= nr; i++)
			notes = notes " " part[i]
		if (!names_row(notes, id))
			complain(file " does not name the row")
	}
	function check_known(file, what, text, id,    at) {
		at = index(text, "id: " what " ")
		text = substr(text, at + 4)
		sub(/ id: .*/, "", text)
		if (!at || !names_row(text, id))
			complain(what " does not name the row")
	}
	BEGIN {
		while (("cat unit/*.unit.cmake" | getline line) > 0)
			built = built line " "
		while (("cat unit/*.[ch]" | getline line) > 0)
			if (line ~ /^#include "/)
				included = included line
	}
	/^#/ || !NF { next }
	{
		nr++
		if ($1 !~ /^6\.(1|18)\/[A-Z][0-9]+[a-z]?\+?$/)
			complain("not the name of a row")
		if (seen[$1]++)
			complain("more than once")
		text = $2 == "" ? "" : content($2)
		if ($3 == "" || text == "") {
			complain("no test")
			next
		}
		id = $1
		sub(/.*\//, "", id)
		if ($2 ~ /^unit\//)
			check_unit($2, $3, text)
		else if ($2 ~ /^corpus\/scenario\//)
			check_scenario($2, $3, text, id)
		else if ($2 == "corpus/known-differences.txt")
			check_known($2, $3, text, id)
		else if (!has(text, $3))
			complain($2 " has no case: " $3)
	}
	END {
		if (!nr)
			print "no rows"
		else if (!bad)
			print "check-rows: " nr " rows"
		exit bad || !nr
	}' "${1:-unit/rows.txt}"
