/* Decoding, widths and escapes by the C library's tables; durations. */
#define _GNU_SOURCE /* wcwidth */
#include "text.h"

#include <string.h>
#include <wchar.h>

bool chat_text_is_valid(const char *text)
{
    mbstate_t state = {0};
    const char *at = text;

    return mbsrtowcs(NULL, &at, 0, &state) != (size_t)-1;
}

static bool turns_direction(wchar_t c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static size_t put_escape(FILE *out, wchar_t c)
{
    static const char letters[] = "abtnvfr"; /* from 0x07 on */
    int width = c >= 0x07 && c <= 0x0d ? fprintf(out, "\\%c", letters[c - 0x07])
                : c < 0x100            ? fprintf(out, "\\x%02x", (unsigned)c)
                                       : fprintf(out, "\\u%04x", (unsigned)c);

    return width > 0 ? (size_t)width : 0;
}

size_t chat_text_put(FILE *out, const char *bytes, size_t length)
{
    size_t columns = 0;

    while (length > 0) {
        mbstate_t state = {0};
        wchar_t c = 0;
        size_t used = mbrtowc(&c, bytes, length, &state);
        bool is_valid = used != (size_t)-1 && used != (size_t)-2;
        int width = is_valid ? wcwidth(c) : -1;
        if (!is_valid || used == 0)
            used = 1;
        if (width < 0 || turns_direction(c) || (c == 0 && is_valid)) {
            columns += put_escape(out, is_valid ? c : (wchar_t)(unsigned char)bytes[0]);
        } else {
            fwrite(bytes, 1, used, out);
            columns += (size_t)width;
        }
        bytes += used;
        length -= used;
    }
    return columns;
}

void chat_text_duration(char ret_text[CHAT_TEXT_DURATION_MAX], uint64_t ms)
{
    static const struct {
        uint64_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    uint64_t seconds = ms / 1000;
    size_t i = 0;

    if (ms < 1000) {
        snprintf(ret_text, CHAT_TEXT_DURATION_MAX, "%dms", (int)ms);
        return;
    }
    while (seconds < units[i].seconds)
        i++;
    int used = snprintf(ret_text, CHAT_TEXT_DURATION_MAX, "%llu%c",
                        (unsigned long long)(seconds / units[i].seconds), units[i].letter);
    uint64_t rest = seconds % units[i].seconds;
    if (units[i].seconds > 1 && rest / units[i + 1].seconds > 0)
        snprintf(ret_text + used, CHAT_TEXT_DURATION_MAX - (size_t)used, "%llu%c",
                 (unsigned long long)(rest / units[i + 1].seconds), units[i + 1].letter);
}

void chat_text_bytes(char ret_text[CHAT_TEXT_BYTES_MAX], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes;
    size_t i = 0;

    for (; value >= 1024 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
        value /= 1024;
    snprintf(ret_text, CHAT_TEXT_BYTES_MAX, i == 0 ? "%.0f %s" : "%.1f %s", value, units[i]);
}
