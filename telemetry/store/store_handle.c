#include "telemetry/store/store_handle.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>

GQuark store_error_quark(void)
{
    return g_quark_from_static_string("store-error");
}

bool store_check(const struct store *s)
{
    assert(s->db && s->path);
    assert(s->busy_ms > 0);
    assert(s->migrated_from >= 0 && s->migrated_from < STORE_VERSION);
    assert(!s->created || s->migrated_from == 0);
    assert(s->copied_from >= 0 && s->copied_from < STORE_VERSION && (!s->copied || s->reading));
    return true;
}

const char *store_advice(int rc)
{
    static const struct {
        int rc;
        const char *text;
    } table[] = {
        {SQLITE_FULL, " Free some space on the disk."},
        {SQLITE_BUSY, " Another program holds the store."},
        {SQLITE_READONLY, " Make the file and its folder writable, or name another file."},
        {SQLITE_CANTOPEN, " Make the file and its folder writable, or name another file."},
        {SQLITE_CORRUPT, " If it is a copy, copy it again. The next film that plays into it sets it aside under "
                         "another name, and begins a new one."},
        {SQLITE_INTERRUPT,
         " It took far more steps than a store of this size can need: the file is damaged, or made to "
         "do harm."},
        {SQLITE_IOERR, " Check the disk, or name a file on another one."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].rc == rc)
            return table[i].text;
    return "";
}

const char *store_advice_on_limit(int number)
{
    static const struct {
        int number;
        const char *text;
    } table[] = {
        {EMFILE, " This program may not open more files: raise the limit (`ulimit -n`)."},
        {ENFILE, " Too many files are open on this machine: close some programs."},
        {EFBIG, " The file may not grow further: raise the limit (`ulimit -f`)."},
        {EDQUOT, " Your share of the disk is used up: free some of it, or name a file on another one."},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (table[i].number == number)
            return table[i].text;
    return NULL;
}

const char *store_advice_on(const struct store *s)
{
    const int rc = sqlite3_errcode(s->db) & 0xff;
    const bool asked = rc == SQLITE_CANTOPEN || rc == SQLITE_IOERR; /* of others, the number is an earlier one's */
    const char *limit = asked ? store_advice_on_limit(sqlite3_system_errno(s->db)) : NULL;
    return limit ? limit : store_advice(rc);
}

bool store_fail(struct store *s, const char *doing, GError **error)
{
    const int rc = s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_NOMEM;
    const bool damaged = rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
    g_set_error(error, STORE_ERROR, damaged ? STORE_ERROR_DAMAGED : STORE_ERROR_SQL, "%s: %s: %s.%s", s->path, doing,
                s->db ? sqlite3_errmsg(s->db) : "out of memory", s->db ? store_advice_on(s) : "");
    return false;
}
