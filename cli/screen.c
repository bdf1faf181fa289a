/* Owns the terminal's modes. Signals only set a flag, so that the modes are given back by the
 * program itself. */
#include "screen.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[2J"
#define LEAVE "\033[?25h\033[?1049l"

static struct {
    struct termios before;
    bool is_open;
} screen;
static volatile sig_atomic_t is_ending, is_resized;

static void on_signal(int number)
{
    if (number == SIGWINCH)
        is_resized = 1;
    else
        is_ending = 1;
}

bool chat_screen_open(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH};
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a wait ends */

    if (isatty(STDOUT_FILENO) == 0 || tcgetattr(STDIN_FILENO, &screen.before) != 0)
        return false;
    struct termios raw = screen.before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* stopped, it would leave its screen behind */
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaction(numbers[i], &action, NULL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    screen.is_open = true;
    fputs(ENTER, stdout);
    fflush(stdout);
    return true;
}

void chat_screen_close(void)
{
    if (!screen.is_open)
        return;
    screen.is_open = false;
    fputs(LEAVE, stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &screen.before);
}

void chat_screen_size(unsigned *ret_columns, unsigned *ret_rows)
{
    struct winsize size = {.ws_col = 0};

    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    *ret_columns = size.ws_col > 0 ? size.ws_col : 80;
    *ret_rows = size.ws_row > 0 ? size.ws_row : 24;
}

enum chat_screen_event chat_screen_wait(int64_t ms, char *ret_key)
{
    struct pollfd key = {.fd = screen.is_open ? STDIN_FILENO : -1, .events = POLLIN};
    int got =
        is_ending != 0 || is_resized != 0 ? 0 : poll(&key, 1, ms > INT_MAX ? INT_MAX : (int)ms);

    if (is_ending != 0)
        return CHAT_SCREEN_END;
    if (is_resized != 0) {
        is_resized = 0;
        return CHAT_SCREEN_RESIZED;
    }
    if (got <= 0)
        return CHAT_SCREEN_TIME;
    return read(STDIN_FILENO, ret_key, 1) == 1 ? CHAT_SCREEN_KEY : CHAT_SCREEN_END;
}
