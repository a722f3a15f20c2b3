/* Replays a script, as `crm run` does: run SCRIPT.jsonl [URI], one answer per line; in memory where no URI is given. */
#include <stdio.h>
#include <string.h>

#include "crm.h"

static const char DEFAULTS[] = "{\"now\":\"2026-01-05T08:00:00Z\",\"seed\":1}";

int main(int argc, char **argv) {
  static char line[1 << 20];
  crm_options options = CRM_OPTIONS_INIT;
  crm_engine engine;
  uint64_t number = 0;
  FILE *script = argc == 2 || argc == 3 ? fopen(argv[1], "rb") : NULL;

  if (!script) return fprintf(stderr, "usage: run SCRIPT.jsonl [URI]\n"), 2;
  options.uri = crm_zstr(argc == 3 ? argv[2] : "memory:");
  if (crm_open(&options, &engine, NULL)) return 1;

  while (fgets(line, (int)sizeof line, script)) {
    crm_str text;
    crm_buf answer;
    crm_error err;
    text.ptr = line;
    text.len = strlen(line);
    if (crm_run_line(engine, crm_zstr(DEFAULTS), ++number, text, &answer, &err)) {
      fprintf(stderr, "%s\n", crm_error_json(err));
      return 1;
    }
    if (answer.len) printf("%s\n", (const char *)answer.data);
    crm_buf_free(&answer);
  }
  fclose(script);
  crm_close(engine);
  return crm_live_objects() == 0 ? 0 : 1;
}
