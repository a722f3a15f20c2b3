/* Opens an engine, makes a customer, reads it, shows an error with its field, closes. */
#include <stdio.h>

#include "crm.h"

static int failed(const char *what, crm_error err) {
  printf("%s: %s %s\n", what, crm_status_name(crm_error_code(err)), crm_error_json(err));
  crm_error_free(err);
  return 1;
}

int main(void) {
  crm_options options = CRM_OPTIONS_INIT;
  crm_engine engine;
  crm_session session;
  crm_buf answer;
  crm_error err;

  options.uri = crm_zstr("memory:");
  if (crm_open(&options, &engine, &err)) return failed("open", err);
  if (crm_session_open(engine, 1, crm_zstr("owner"), crm_zstr("sales"), &session, &err)) return failed("session", err);

  crm_str create = crm_zstr("customer.create"), get = crm_zstr("customer.get");
  crm_str ada = crm_zstr("{\"id\":\"01890000-0000-7000-8000-000000000001\",\"name\":\"Ada Ltd\"}");
  crm_str which = crm_zstr("{\"id\":\"01890000-0000-7000-8000-000000000001\"}");

  if (crm_call(session, create, ada, NULL, &answer, &err)) return failed("create", err);
  printf("created %s\n", (const char *)answer.data);
  crm_buf_free(&answer);

  if (crm_call(session, get, which, NULL, &answer, &err)) return failed("get", err);
  printf("it has %s\n", answer.len > 100 ? "all its fields" : (const char *)answer.data);
  crm_buf_free(&answer);

  if (crm_call(session, create, crm_zstr("{\"name\":\"\"}"), NULL, &answer, &err)) failed("refused", err);

  crm_session_close(session);
  crm_close(engine);
  printf("left over: %d\n", (int)crm_live_objects());
  return 0;
}
