/*
 * loose_schema: a store whose tables forbid nothing for a while, so that tests put any value anywhere by plain SQL.
 */
#pragma once

/* Strips what our tables forbid from the schema; tighten_sql takes it back. */
static const char loosen_sql[] =
    "PRAGMA writable_schema=ON; CREATE TABLE keep(name TEXT, sql TEXT);"
    "INSERT INTO keep SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name != 'keep';"
    "UPDATE sqlite_master SET sql = replace(replace(replace(replace(replace(replace(replace(replace(sql,"
    " ' STRICT, WITHOUT ROWID', ' WITHOUT ROWID'), ' STRICT', ''), 'IS NOT NULL', '~'), ' NOT NULL', ''), '~',"
    " 'IS NOT NULL'), 'INTEGER PRIMARY KEY', '$'), ' INTEGER', ''), '$', 'INTEGER PRIMARY KEY')"
    " WHERE type = 'table' AND name != 'keep'; PRAGMA writable_schema=RESET";
static const char tighten_sql[] =
    "PRAGMA writable_schema=ON;"
    "UPDATE sqlite_master SET sql = (SELECT sql FROM keep k WHERE k.name = sqlite_master.name)"
    " WHERE type = 'table' AND name IN (SELECT name FROM keep); PRAGMA writable_schema=RESET; DROP TABLE keep";
