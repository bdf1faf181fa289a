/* The marks of the templates: each writes what the rows of one table say, for mdoc(7) or for a
 * shell. */
#ifndef CHAT_PAGES_H
#define CHAT_PAGES_H

#include <stdio.h>

/* Text of a table in a line of mdoc: nothing in it is taken for a macro or an escape, and what
 * stands between back quotes is set bold. */
void chat_pages_text(FILE *out, const char *text);
/* An argument of a macro, or one of several: quoted. */
void chat_pages_argument(FILE *out, const char *text);

void chat_pages_options(FILE *out);

void chat_pages_own_options(FILE *out);
void chat_pages_commands(FILE *out);
void chat_pages_exits(FILE *out);
void chat_pages_admin_errors(FILE *out);

void chat_pages_requests(FILE *out);
void chat_pages_members(FILE *out);
void chat_pages_events(FILE *out);
void chat_pages_errors(FILE *out);
void chat_pages_closes(FILE *out);

void chat_pages_logs(FILE *out);
void chat_pages_metrics(FILE *out);

/* Rows between tabs, inside single quotes of a shell. */
void chat_pages_shell_commands(FILE *out);
void chat_pages_shell_own_options(FILE *out);
void chat_pages_shell_options(FILE *out);

#endif
