/* What a token's header and its verified claims say (PROTOCOL §3). */
#include "auth/making.h"
#include "auth/token.h"
#include "core/limits.h"

static const int64_t now_ms = INT64_C(1000000);
static const struct chat_token_rules no_rules = {NULL, NULL, 30000, CHAT_ID_MAX, CHAT_NAME_MAX};

static struct chat_slice slice(const char *text)
{
    return (struct chat_slice){text, strlen(text)};
}

static bool header(const char *json, struct chat_token_header *ret)
{
    return chat_token_read_header(slice(json), ret);
}

static void a_header_names_algorithm_and_key(void **state)
{
    (void)state;
    struct chat_token_header got;
    assert_true(header("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", &got));
    assert_int_equal(got.algorithm, CHAT_HS256);
    assert_false(got.has_id);
    assert_true(header("{\"kid\":\"main\",\"alg\":\"ES512\",\"x\":{\"alg\":\"none\"}}", &got));
    assert_int_equal(got.algorithm, CHAT_ES512);
    assert_true(got.has_id);
    assert_string_equal(got.id, "main");
}

static void an_unknown_algorithm_is_refused(void **state)
{
    (void)state;
    struct chat_token_header got;
    assert_false(header("{\"alg\":\"none\"}", &got));
    assert_false(header("{\"alg\":\"None\"}", &got));
    assert_false(header("{\"alg\":\"hs256\"}", &got));
    assert_false(header("{\"alg\":\"\"}", &got));
    assert_false(header("{\"alg\":null}", &got));
    assert_false(header("{}", &got));
    assert_false(header("[]", &got));
    assert_false(header("", &got));
}

static void a_critical_extension_is_refused(void **state)
{
    (void)state;
    struct chat_token_header got;
    assert_false(header("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", &got));
    assert_false(header("{\"alg\":\"HS256\",\"crit\":[]}", &got));
    assert_true(header("{\"alg\":\"HS256\",\"x\":{\"crit\":[\"y\"]}}", &got));
}

static void a_key_id_has_a_bound(void **state)
{
    (void)state;
    char json[400], id[300];
    struct chat_token_header got;
    memset(id, 'k', sizeof(id));
    id[CHAT_KEY_ID_MAX] = '\0';
    snprintf(json, sizeof(json), "{\"alg\":\"HS256\",\"kid\":\"%s\"}", id);
    assert_true(header(json, &got));
    assert_string_equal(got.id, id);
    snprintf(json, sizeof(json), "{\"alg\":\"HS256\",\"kid\":\"%sk\"}", id);
    assert_false(header(json, &got));
    assert_false(header("{\"alg\":\"HS256\",\"kid\":7}", &got));
}

static enum chat_error with_rules(const char *json, const struct chat_token_rules *rules,
                                  struct chat_claims **ret)
{
    return chat_token_read_claims(slice(json), rules, now_ms, ret);
}

static enum chat_error error_of(const char *json, const struct chat_token_rules *rules)
{
    struct chat_claims *claims = NULL;
    enum chat_error error = with_rules(json, rules, &claims);
    assert_true((error == CHAT_OK) == (claims != NULL));
    chat_claims_destroy(claims);
    return error;
}

static void assert_good(const char *json)
{
    assert_int_equal(error_of(json, &no_rules), CHAT_OK);
}

static void assert_invalid(const char *json)
{
    assert_int_equal(error_of(json, &no_rules), CHAT_E_IDENTITY_TOKEN_INVALID);
}

static void assert_named(const char *json, const char *user, const char *name)
{
    struct chat_claims *claims = NULL;
    assert_int_equal(with_rules(json, &no_rules, &claims), CHAT_OK);
    assert_true(chat_slice_equal(chat_claims_user(claims), slice(user)));
    assert_true(chat_slice_equal(chat_claims_name(claims), slice(name)));
    chat_claims_destroy(claims);
}

static void claims_give_the_user_and_a_name(void **state)
{
    (void)state;
    assert_named("{\"sub\":\"ann\",\"exp\":2000,\"name\":\"Ann Who\"}", "ann", "Ann Who");
    assert_named("{\"sub\":\"ann\",\"exp\":2000}", "ann", "ann");
    assert_named("{\"sub\":\"ann\",\"exp\":2000,\"name\":\" Ann\"}", "ann", "ann");
    assert_named("{\"sub\":\"ann\",\"exp\":2000,\"name\":\"\"}", "ann", "ann");
    assert_named("{\"sub\":\"ann\",\"exp\":2000,\"name\":7}", "ann", "ann");
    assert_named("{\"sub\":\"ann\",\"exp\":2000,\"name\":\"A\\u202eB\"}", "ann", "ann");
}

static void the_subject_is_a_user_id(void **state)
{
    (void)state;
    assert_good("{\"sub\":\"a.B:1@x-_\",\"exp\":2000}");
    assert_invalid("{\"exp\":2000}");
    assert_invalid("{\"sub\":\"\",\"exp\":2000}");
    assert_invalid("{\"sub\":\"a b\",\"exp\":2000}");
    assert_invalid("{\"sub\":7,\"exp\":2000}");
    assert_invalid("{\"sub\":null,\"exp\":2000}");
    char json[200], id[CHAT_ID_MAX + 2];
    memset(id, 'a', sizeof(id));
    id[CHAT_ID_MAX] = '\0';
    snprintf(json, sizeof(json), "{\"sub\":\"%s\",\"exp\":2000}", id);
    assert_good(json);
    snprintf(json, sizeof(json), "{\"sub\":\"%sa\",\"exp\":2000}", id);
    assert_invalid(json);
}

static void an_end_is_required(void **state)
{
    (void)state;
    assert_invalid("{\"sub\":\"ann\"}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":null}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":\"2000\"}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":-1}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":1e300}");
    assert_good("{\"sub\":\"ann\",\"exp\":2000.5}");
    assert_good("{\"sub\":\"ann\",\"exp\":9223372036854775807}");
}

static void a_token_is_good_until_its_end_and_the_leeway(void **state)
{
    (void)state;
    struct chat_token_rules exact = {NULL, NULL, 0, CHAT_ID_MAX, CHAT_NAME_MAX};
    assert_good("{\"sub\":\"ann\",\"exp\":971}"); /* now is 1000 s, the leeway 30 s */
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":970}", &no_rules),
                     CHAT_E_IDENTITY_TOKEN_EXPIRED);
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":1001}", &exact), CHAT_OK);
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":1000}", &exact),
                     CHAT_E_IDENTITY_TOKEN_EXPIRED);
}

static void a_token_is_good_from_its_beginning_less_the_leeway(void **state)
{
    (void)state;
    assert_good("{\"sub\":\"ann\",\"exp\":2000,\"nbf\":1030}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":2000,\"nbf\":1031}");
    assert_invalid("{\"sub\":\"ann\",\"exp\":2000,\"nbf\":\"1\"}");
}

static void what_else_is_wrong_comes_before_expired(void **state)
{
    (void)state;
    assert_invalid("{\"sub\":\"a b\",\"exp\":1}");
}

static void the_issuer_is_the_configured_one(void **state)
{
    (void)state;
    struct chat_token_rules rules = {"https://a", NULL, 0, CHAT_ID_MAX, CHAT_NAME_MAX};
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":2000,\"iss\":\"https://a\"}", &rules),
                     CHAT_OK);
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":2000,\"iss\":\"https://a/\"}", &rules),
                     CHAT_E_IDENTITY_TOKEN_INVALID);
    assert_int_equal(error_of("{\"sub\":\"ann\",\"exp\":2000}", &rules),
                     CHAT_E_IDENTITY_TOKEN_INVALID);
}

static void the_audience_is_or_holds_the_configured_one(void **state)
{
    (void)state;
    struct chat_token_rules rules = {NULL, "chat", 0, CHAT_ID_MAX, CHAT_NAME_MAX};
    assert_int_equal(error_of("{\"sub\":\"a\",\"exp\":2000,\"aud\":\"chat\"}", &rules), CHAT_OK);
    assert_int_equal(error_of("{\"sub\":\"a\",\"exp\":2000,\"aud\":[\"x\",\"chat\"]}", &rules),
                     CHAT_OK);
    static const char *const bad[] = {
        "\"x\"", "[]",          "[\"x\"]", "[[\"chat\"]]", "{\"chat\":1}", "[{\"a\":\"chat\"}]",
        "7",     "[\"chat\",7]"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char json[200];
        snprintf(json, sizeof(json), "{\"sub\":\"a\",\"exp\":2000,\"aud\":%s}", bad[i]);
        assert_int_equal(error_of(json, &rules), CHAT_E_IDENTITY_TOKEN_INVALID);
    }
    assert_int_equal(error_of("{\"sub\":\"a\",\"exp\":2000}", &rules),
                     CHAT_E_IDENTITY_TOKEN_INVALID);
}

static unsigned rights_of(const char *chat, const char *room)
{
    char json[1000];
    struct chat_claims *claims = NULL;
    snprintf(json, sizeof(json), "{\"sub\":\"ann\",\"exp\":2000,\"chat\":%s}", chat);
    assert_int_equal(with_rules(json, &no_rules, &claims), CHAT_OK);
    unsigned rights = chat_claims_rights(claims, slice(room));
    chat_claims_destroy(claims);
    assert_true((rights & CHAT_VERIFIED) != 0);
    return rights & ~(unsigned)CHAT_VERIFIED;
}

static void a_claim_grants_rights_by_room_pattern(void **state)
{
    (void)state;
    static const char chat[] = "{\"join\":[\"team-*\",\"lobby\"],\"send\":\"team-*\","
                               "\"moderate\":[\"team-1\"],\"fly\":[\"*\",{\"x\":[1]}],\"eat\":7}";
    assert_int_equal(rights_of(chat, "team-1"), CHAT_MAY_JOIN | CHAT_MAY_SEND | CHAT_MAY_MODERATE);
    assert_int_equal(rights_of(chat, "team-2"), CHAT_MAY_JOIN | CHAT_MAY_SEND);
    assert_int_equal(rights_of(chat, "lobby"), CHAT_MAY_JOIN);
    assert_int_equal(rights_of(chat, "other"), 0);
    assert_int_equal(rights_of("{}", "lobby"), 0);
    assert_int_equal(rights_of("{\"create\":[]}", "lobby"), 0);
    assert_int_equal(rights_of("{\"create\":\"*\"}", "lobby"), CHAT_MAY_CREATE);
}

static void a_claim_of_another_shape_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "null",
        "[]",
        "\"*\"",
        "true",
        "{\"join\":7}",
        "{\"join\":null}",
        "{\"join\":{\"x\":\"*\"}}",
        "{\"join\":[[\"*\"]]}",
        "{\"join\":[{\"send\":\"*\"}]}",
        "{\"join\":[\"\"]}",
        "{\"join\":[\"a b\"]}",
        "{\"join\":[\"?\"]}",
        "{\"join\":[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char json[400];
        snprintf(json, sizeof(json), "{\"sub\":\"ann\",\"exp\":2000,\"chat\":%s}", bad[i]);
        assert_invalid(json);
    }
}

static void a_claim_has_a_bound_of_grants(void **state)
{
    (void)state;
    char json[4000] = "{\"sub\":\"ann\",\"exp\":2000,\"chat\":{\"join\":[\"a\"";
    for (int i = 1; i < CHAT_CLAIMS_GRANTS_MAX; i++)
        strcat(json, ",\"a\"");
    char *end = json + strlen(json);
    strcpy(end, "]}}");
    assert_good(json);
    strcpy(end, ",\"a\"]}}");
    assert_invalid(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_names_algorithm_and_key),
        cmocka_unit_test(an_unknown_algorithm_is_refused),
        cmocka_unit_test(a_critical_extension_is_refused),
        cmocka_unit_test(a_key_id_has_a_bound),
        cmocka_unit_test(claims_give_the_user_and_a_name),
        cmocka_unit_test(the_subject_is_a_user_id),
        cmocka_unit_test(an_end_is_required),
        cmocka_unit_test(a_token_is_good_until_its_end_and_the_leeway),
        cmocka_unit_test(a_token_is_good_from_its_beginning_less_the_leeway),
        cmocka_unit_test(what_else_is_wrong_comes_before_expired),
        cmocka_unit_test(the_issuer_is_the_configured_one),
        cmocka_unit_test(the_audience_is_or_holds_the_configured_one),
        cmocka_unit_test(a_claim_grants_rights_by_room_pattern),
        cmocka_unit_test(a_claim_of_another_shape_is_refused),
        cmocka_unit_test(a_claim_has_a_bound_of_grants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
