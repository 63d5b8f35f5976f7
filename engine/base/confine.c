#include "base/confine.h"

#include "base/console.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static bool fail(GError **error, const char *what)
{
    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(errno), "%s: %s", what, g_strerror(errno));
    return false;
}

/* ---- calls ----------------------------------------------------------------------------------------------------------- */

#ifdef ARCHITECTURE

/* What neither this program nor its libraries call once sound and window are open. The leak sanitizer traces. */
static const int refused[] = {SYS_execve,
                              SYS_execveat,
#ifndef __SANITIZE_ADDRESS__
                              SYS_ptrace,
#endif
                              SYS_process_vm_readv,
                              SYS_process_vm_writev,
                              SYS_mount,
                              SYS_umount2,
                              SYS_pivot_root,
                              SYS_chroot,
                              SYS_setns,
                              SYS_unshare,
                              SYS_add_key,
                              SYS_request_key,
                              SYS_keyctl,
                              SYS_bpf,
                              SYS_perf_event_open,
                              SYS_userfaultfd,
                              SYS_io_uring_setup,
                              SYS_open_by_handle_at,
                              SYS_kexec_load,
                              SYS_init_module,
                              SYS_finit_module,
                              SYS_delete_module};

enum { BEFORE = 5, SOCKETS = 5, LENGTH = BEFORE + 2 * G_N_ELEMENTS(refused) + SOCKETS + 1 };
enum { OTHER_CALLS = 0x40000000 }; /* x86: the numbers of a second set of calls, which nothing here uses */

#define LOAD(field)              (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(test, value, yes, no) (struct sock_filter) BPF_JUMP(BPF_JMP | (test) | BPF_K, (unsigned)(value), (yes), (no))
#define ALLOW                    (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define REFUSE                   (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)

static void write_filter(struct sock_filter code[LENGTH])
{
    struct sock_filter *c = code;
    *c++ = LOAD(arch);
    *c++ = IF(BPF_JEQ, ARCHITECTURE, 0, 2);
    *c++ = LOAD(nr);
    *c++ = IF(BPF_JGE, OTHER_CALLS, 0, 1);
    *c++ = REFUSE;
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        *c++ = IF(BPF_JEQ, refused[i], 0, 1);
        *c++ = REFUSE;
    }
    *c++ = IF(BPF_JEQ, SYS_socket, 0, 4);
    *c++ = LOAD(args[0]); /* its lower half: both architectures are little-endian */
    *c++ = IF(BPF_JEQ, AF_UNIX, 2, 0);
    *c++ = IF(BPF_JEQ, AF_NETLINK, 1, 0); /* how a pad that is plugged in makes itself known */
    *c++ = REFUSE;
    *c++ = ALLOW;
    assert(c == code + LENGTH);
}

bool confine_process(GError **error)
{
    struct sock_filter code[LENGTH];
    const struct sock_fprog program = {.len = LENGTH, .filter = code};
    write_filter(code);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail(error, "no_new_privs");
    /* Without the second flag, kernels before 5.16 also slow the processor down, against leaks between code in one
     * process; nothing here keeps secrets from code in its own process. */
    const unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    const long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result > 0)
        errno = EBUSY; /* a thread that has a filter of its own */
    return result == 0 || fail(error, "seccomp");
}

#else

bool confine_process(GError **error)
{
    errno = ENOSYS;
    return fail(error, "seccomp");
}

#endif

/* ---- files ----------------------------------------------------------------------------------------------------------- */

enum { TRUNCATE_ABI = 3, REFER_ABI = 2 };
#define ACCESS_TRUNCATE (UINT64_C(1) << 14) /* newer than the headers of some distributions */

static uint64_t writing(long abi)
{
    const uint64_t first = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                           LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                           LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                           LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
    return first | (abi >= REFER_ABI ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= TRUNCATE_ABI ? ACCESS_TRUNCATE : 0);
}

static bool allow_beneath(int rules, const char *folder, uint64_t access)
{
    const int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR;
    const struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};
    const bool good = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    close(fd);
    return good;
}

bool confine_writes(const char *const *folders, GError **error)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    const struct landlock_ruleset_attr attributes = {.handled_access_fs = writing(abi)};
    if (abi < 1)
        return fail(error, "Landlock");
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
    bool good = rules >= 0;
    for (int i = 0; good && folders[i]; i++)
        good = allow_beneath(rules, folders[i], writing(abi));
    good = good && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (!good)
        fail(error, "Landlock");
    if (rules >= 0)
        close(rules);
    return good;
}

/* ---- telling ---------------------------------------------------------------------------------------------------------- */

char *confine_as_offered(const char *const *folders)
{
    g_autoptr(GError) writes = NULL, calls = NULL;
    const bool kept_writes = folders && !confine_writes(folders, &writes);
    const bool kept_calls = !confine_process(&calls);
    if (kept_writes && kept_calls)
        return g_strdup_printf("%s; %s", writes->message, calls->message);
    return kept_writes || kept_calls ? g_strdup((kept_writes ? writes : calls)->message) : NULL;
}

void confine_or_say(const char *const *folders)
{
    static atomic_bool said; /* of the process, as the rights are */
    g_autofree char *kept = confine_as_offered(folders);
    if (kept && !atomic_exchange(&said, true))
        console_say("this system does not let a program give up rights (%s), so a film's files are decoded with all of "
                    "yours",
                    kept);
}
