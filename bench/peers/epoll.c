/* An echo server over epoll(7), as small as it can be and right: what the loops of the ladder are measured
 * against. Level triggered, one thread, one buffer for all clients, TCP_NODELAY.
 *
 * It binds port 0 of the loopback, says `listening 127.0.0.1:PORT`, and serves until it is killed, or its
 * parent dies. BACKLOG, READ_BYTES and EVENTS_MAX are those of the ladder; the bench passes them:
 *
 *     cc -O2 -DBACKLOG=1024 -DREAD_BYTES=16384 -DEVENTS_MAX=1024 -o epoll bench/peers/epoll.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a client has not taken yet, by its descriptor. Nothing is read from it meanwhile. */
struct pending {
    char *bytes;
    size_t from, to;
};

static int ready;
static struct pending *pending;
static char buffer[READ_BYTES];

static void die(const char *doing) {
    perror(doing);
    exit(1);
}

static void watch(int operation, int fd, unsigned interest) {
    struct epoll_event event = {.events = interest, .data.fd = fd};
    if (epoll_ctl(ready, operation, fd, &event) < 0)
        die("epoll_ctl");
}

static void leave(int fd) {
    free(pending[fd].bytes);
    pending[fd] = (struct pending){0};
    close(fd);
}

static int listen_on_loopback(void) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 || listen(fd, BACKLOG) < 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
        die("listening");
    printf("listening 127.0.0.1:%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    return fd;
}

static void accept_all(int listener) {
    static const int on = 1;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

/* Writes what is pending. */
static void on_room(int fd) {
    struct pending *rest = &pending[fd];
    ssize_t len = write(fd, rest->bytes + rest->from, rest->to - rest->from);
    if (len < 0 && errno != EAGAIN && errno != EINTR)
        return leave(fd);
    rest->from += len > 0 ? (size_t)len : 0;
    if (rest->from == rest->to) {
        free(rest->bytes);
        *rest = (struct pending){0};
        watch(EPOLL_CTL_MOD, fd, EPOLLIN);
    }
}

static void on_input(int fd) {
    ssize_t len = read(fd, buffer, sizeof buffer);
    if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
        return leave(fd);
    if (len < 0)
        return;
    ssize_t written = write(fd, buffer, (size_t)len);
    if (written == len)
        return;
    if (written < 0 && errno != EAGAIN && errno != EINTR)
        return leave(fd);
    struct pending *rest = &pending[fd];
    rest->to = (size_t)(len - (written > 0 ? written : 0));
    rest->bytes = malloc(rest->to);
    if (!rest->bytes)
        return leave(fd);
    memcpy(rest->bytes, buffer + (len - (ssize_t)rest->to), rest->to);
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

int main(void) {
    static struct epoll_event events[EVENTS_MAX];
    struct rlimit limit;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        die("getrlimit");
    pending = calloc(limit.rlim_cur, sizeof *pending);
    ready = epoll_create1(EPOLL_CLOEXEC);
    if (!pending || ready < 0)
        die("starting");
    int listener = listen_on_loopback();
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(ready, events, EVENTS_MAX, -1);
        if (count < 0 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                accept_all(listener);
            else if (pending[fd].bytes)
                on_room(fd);
            else
                on_input(fd);
        }
    }
}
