/* Keys from files: what is none is a problem with its place. */
#include "auth/auth_fixture.h"

static void assert_problem(struct made *made, const char *yaml, const char *expected)
{
    struct chat_config config;
    assert_null(auth_of(made, &config, yaml));
    assert_non_null(strstr(made->problems, expected));
    assert_true(strncmp(made->problems, "f:", 2) == 0);
    chat_config_finish(&config);
}

static void a_key_that_does_not_fit_is_a_problem_with_its_place(void **state)
{
    struct made *made = *state;
    static const char *const rows[][2] = {
        {"{algorithm: HS256, secret_file: DIR/nothing}", "/nothing: No such file or directory"},
        {"{algorithm: HS256, secret_file: DIR/rsa.pem}", "/rsa.pem: is a key in PEM"},
        {"{algorithm: RS256, public_key_file: DIR/secret}", "holds no public key in PEM"},
        {"{algorithm: RS256, public_key_file: DIR/private.pem}", "holds no public key in PEM"},
        {"{algorithm: RS256, public_key_file: DIR/p256.pem}", "another type, expected one of RSA"},
        {"{algorithm: RS512, public_key_file: DIR/short.pem}", "is too short, expected 2048 bits"},
        {"{algorithm: ES256, public_key_file: DIR/rsa.pem}", "expected one of an elliptic curve"},
        {"{algorithm: ES256, public_key_file: DIR/p384.pem}", "of another curve"},
        {"{algorithm: ES512, public_key_file: DIR/p256.pem}", "of another curve"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char yaml[512];
        snprintf(yaml, sizeof(yaml), "auth:\n  keys:\n    - %s", rows[i][0]);
        assert_problem(made, yaml, rows[i][1]);
        assert_true(strncmp(made->problems, "f:3:7: auth.keys.", 17) == 0);
    }
    assert_problem(made, "auth: {jwks_file: DIR/nothing}", "f:1:19: auth.jwks_file ");
}

static void a_secret_is_as_long_as_its_hash(void **state)
{
    struct made *made = *state;
    static const struct {
        const char *algorithm;
        size_t length;
    } rows[] = {{"HS256", 32}, {"HS384", 48}, {"HS512", 64}};
    for (size_t i = 0; i < 3; i++) {
        char yaml[256];
        snprintf(yaml, sizeof(yaml), "auth: {keys: [{algorithm: %s, secret_file: DIR/cut}]}",
                 rows[i].algorithm);
        file_write(&made->directory, "cut", secret, rows[i].length);
        WITH(made, yaml);
        END();
        file_write(&made->directory, "cut", secret, rows[i].length - 1);
        assert_problem(made, yaml, "is shorter than its hash");
        file_remove(&made->directory, "cut");
    }
}

static void the_last_line_end_of_a_text_is_no_part_of_the_secret(void **state)
{
    struct made *made = *state;
    static const char *const ends[] = {"", "\n", "\r\n"};
    char text[200], token[MADE_MAX];
    for (size_t i = 0; i < 3; i++) {
        snprintf(text, sizeof(text), "%s%s", secret, ends[i]);
        file_write(&made->directory, "text", text, strlen(text));
        WITH(made, "auth: {keys: [{algorithm: HS256, secret_file: DIR/text}]}");
        assert_taken(auth, sign(JWT_ALG_HS256, secret, NULL, CLAIMS, token));
        END();
    }
    snprintf(text, sizeof(text), "\x01%s\n", secret); /* random bytes may end so */
    file_write(&made->directory, "text", text, strlen(text));
    WITH(made, "auth: {keys: [{algorithm: HS256, secret_file: DIR/text}]}");
    assert_taken(auth, sign(JWT_ALG_HS256, text, NULL, CLAIMS, token));
    END();
    file_remove(&made->directory, "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_does_not_fit_is_a_problem_with_its_place),
        cmocka_unit_test(a_secret_is_as_long_as_its_hash),
        cmocka_unit_test(the_last_line_end_of_a_text_is_no_part_of_the_secret),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
