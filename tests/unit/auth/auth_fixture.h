/* An auth whose keys are files of a test's own, and tokens put to it. */
#ifndef CHAT_TEST_AUTH_FIXTURE_H
#define CHAT_TEST_AUTH_FIXTURE_H

#include "auth/auth.h"
#include "auth/key.h"
#include "auth/making.h"
#include "core/limits.h"

#define CLAIMS "{\"sub\":\"ann\",\"exp\":2000}"
static const int64_t now_ms = INT64_C(1000000);
/* Good for every HS algorithm, and not for one when cut. */
static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static inline struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

enum pair { RSA_LONG, SHORT_RSA, P256, P384, P521, PAIRS };

struct made {
    struct directory directory;
    EVP_PKEY *pairs[PAIRS];
    char private_pem[PAIRS][MADE_MAX], public_pem[PAIRS][MADE_MAX];
    char problems[4096];
};

static const char *const names[PAIRS] = {"rsa.pem", "short.pem", "p256.pem", "p384.pem",
                                         "p521.pem"};

static inline int make(void **state)
{
    struct made *made = calloc(1, sizeof(*made));
    directory_make(&made->directory);
    made->pairs[RSA_LONG] = EVP_RSA_gen(2048);
    made->pairs[SHORT_RSA] = EVP_RSA_gen(1024);
    made->pairs[P256] = EVP_EC_gen("P-256");
    made->pairs[P384] = EVP_EC_gen("P-384");
    made->pairs[P521] = EVP_EC_gen("P-521");
    for (int i = 0; i < PAIRS; i++) {
        pem_of(made->pairs[i], 1, made->private_pem[i]);
        pem_of(made->pairs[i], 0, made->public_pem[i]);
        file_write(&made->directory, names[i], made->public_pem[i], strlen(made->public_pem[i]));
    }
    file_write(&made->directory, "private.pem", made->private_pem[RSA_LONG],
               strlen(made->private_pem[RSA_LONG]));
    file_write(&made->directory, "secret", secret, strlen(secret));
    *state = made;
    return 0;
}

static inline int unmake(void **state)
{
    struct made *made = *state;
    for (int i = 0; i < PAIRS; i++) {
        EVP_PKEY_free(made->pairs[i]);
        file_remove(&made->directory, names[i]);
    }
    file_remove(&made->directory, "private.pem");
    file_remove(&made->directory, "secret");
    assert_int_equal(rmdir(made->directory.path), 0);
    free(made);
    return 0;
}

static inline void collect(void *context, const char *line)
{
    struct made *made = context;
    strncat(made->problems, line, sizeof(made->problems) - strlen(made->problems) - 2);
    strcat(made->problems, "\n");
}

/* The auth of a configuration, in which DIR is the test's directory; NULL when it has problems. */
static inline struct chat_auth *auth_of(struct made *made, struct chat_config *config,
                                        const char *yaml)
{
    char text[4096] = "";
    for (const char *at = yaml; *at != '\0';) {
        bool is_directory = strncmp(at, "DIR", 3) == 0;
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%.*s", is_directory ? 64 : 1,
                 is_directory ? made->directory.path : at);
        at += is_directory ? 3 : 1;
    }
    made->problems[0] = '\0';
    chat_config_init(config);
    assert_true(chat_config_parse(config, "f", text, strlen(text), collect, made));
    return chat_auth_create(config, collect, made);
}

static inline enum chat_error verify(const struct chat_auth *auth, const char *token)
{
    struct chat_claims *claims = NULL;
    enum chat_error error = chat_auth_verify(auth, slice(token), now_ms, &claims);
    if (error == CHAT_OK)
        assert_true(chat_slice_equal(chat_claims_user(claims), slice("ann")));
    chat_claims_destroy(claims);
    return error;
}

static inline void assert_taken(const struct chat_auth *auth, const char *token)
{
    assert_int_equal(verify(auth, token), CHAT_OK);
}

static inline void assert_refused(const struct chat_auth *auth, const char *token)
{
    assert_int_equal(verify(auth, token), CHAT_E_IDENTITY_TOKEN_INVALID);
}

#define WITH(test, yaml)                                                                           \
    struct chat_config config;                                                                     \
    struct chat_auth *auth = auth_of(test, &config, yaml);                                         \
    assert_string_equal(((struct made *)(test))->problems, "")
#define END()                                                                                      \
    chat_auth_destroy(auth);                                                                       \
    chat_config_finish(&config)

#endif
