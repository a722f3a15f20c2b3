/* crm.hpp - the CRM engine for C++17: crm.h with owners, views and results.  Header-only.
 *
 * Everything is move-only and closes itself.  A call returns a crm::result<T>: test it, or take value(), which throws the
 * crm::error that it holds.  An exception thrown in a progress callback ends the call and comes out of it unchanged.
 */
#ifndef CRM_HPP
#define CRM_HPP

#include "crm.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace crm {

/* Why a call failed: a number, its name, one sentence, and the problem document as JSON. */
class error : public std::exception {
 public:
  /* Takes over the error object; NULL where there is none. */
  error(crm_status status, crm_error object) : status_(status) {
    if (object) {
      message_ = crm_error_message(object);
      json_ = crm_error_json(object);
      crm_error_free(object);
    }
  }

  crm_status status() const noexcept { return status_; }
  const char *name() const noexcept { return crm_status_name(status_); }
  const char *what() const noexcept override { return message_.c_str(); }
  /* {"code", "status", "message", "violations": [{"code", "path", "value", "limit", "allowed"}], "retry"} */
  const std::string &problem() const noexcept { return json_; }

 private:
  crm_status status_;
  std::string message_, json_;
};

/* A value, or the error that came instead. */
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  result(crm::error error) : held_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const noexcept { return held_.index() == 0; }
  /* The value; throws the error. */
  T &value() & { return check(), *std::get_if<0>(&held_); }
  T &&value() && { return check(), std::move(*std::get_if<0>(&held_)); }
  /* The error; only where there is one. */
  const crm::error &error() const noexcept { return *std::get_if<1>(&held_); }

 private:
  void check() const {
    if (held_.index() == 1) throw *std::get_if<1>(&held_);
  }
  std::variant<T, crm::error> held_;
};

namespace detail {

/* A handle that is closed when it goes. */
template <class H, crm_status (*Close)(H)>
class owned {
 public:
  explicit owned(H handle = nullptr) noexcept : handle_(handle) {}
  owned(owned &&other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  owned &operator=(owned &&other) noexcept {
    if (this != &other) Close(std::exchange(handle_, std::exchange(other.handle_, nullptr)));
    return *this;
  }
  ~owned() { Close(handle_); }
  H get() const noexcept { return handle_; }

 private:
  H handle_;
};

inline crm_str str(std::string_view text) noexcept { return crm_str{text.data(), text.size()}; }

}  // namespace detail

/* Bytes from the library. */
class buffer {
 public:
  explicit buffer(crm_buf buf) noexcept : buf_(buf) {}
  buffer(buffer &&other) noexcept : buf_(std::exchange(other.buf_, crm_buf{nullptr, 0, nullptr})) {}
  buffer &operator=(buffer &&other) noexcept {
    std::swap(buf_, other.buf_);
    return *this;
  }
  ~buffer() { crm_buf_free(&buf_); }

  std::string_view view() const noexcept { return {reinterpret_cast<const char *>(buf_.data), buf_.len}; }
  std::string str() const { return std::string(view()); }

 private:
  crm_buf buf_;
};

/* Stops the calls that it was given to; any thread may trigger it. */
class cancel {
 public:
  cancel() {
    crm_cancel made = nullptr;
    crm_error err = nullptr;
    if (crm_status status = crm_cancel_new(&made, &err)) throw error(status, err);
    handle_ = detail::owned<crm_cancel, crm_cancel_free>(made);
  }
  void trigger() noexcept { crm_cancel_trigger(handle_.get()); }
  crm_cancel get() const noexcept { return handle_.get(); }

 private:
  detail::owned<crm_cancel, crm_cancel_free> handle_;
};

/* What a call may bring besides its request. */
struct call_options {
  std::string_view key{};                              /* idempotency key */
  std::int64_t now_micros = 0;                         /* 0: the clock of this machine */
  const std::array<std::uint8_t, 32> *entropy = nullptr; /* NULL: this machine's */
  const crm::cancel *cancel = nullptr;
  std::function<bool(std::uint64_t)> progress{};       /* false stops the call */
};

/* An operation that is not committed yet. */
struct sql_plan {
  buffer sql;    /* run it inside a transaction of your own */
  buffer answer; /* the JSON response, true once you have committed */
};

/* One actor at work; one thread at a time. Keeps its engine. */
class session {
 public:
  explicit session(crm_session handle) noexcept : handle_(handle) {}

  /* Runs one operation and commits it; the JSON response. */
  result<buffer> call(std::string_view op, std::string_view request, const call_options &options = {}) {
    return run(crm_call, op, request, options);
  }
  /* What `call` would commit, as JSON, without committing it. */
  result<buffer> plan(std::string_view op, std::string_view request, const call_options &options = {}) {
    return run(crm_plan, op, request, options);
  }
  /* What `call` would commit, as SQL for a connection of your own, and what it would answer. Read crm_plan_sql in crm.h. */
  result<sql_plan> plan_sql(std::string_view op, std::string_view request, const call_options &options = {}) {
    crm_buf sql = {nullptr, 0, nullptr};
    auto both = [&sql](crm_session self, crm_str op, crm_str request, const crm_call_opts *opts, crm_buf *answer,
                       crm_error *err) { return crm_plan_sql(self, op, request, opts, &sql, answer, err); };
    result<buffer> answer = run(both, op, request, options);
    if (!answer) return answer.error();
    return sql_plan{buffer(sql), std::move(answer).value()};
  }
  crm_session get() const noexcept { return handle_.get(); }

 private:
  struct watch {
    const std::function<bool(std::uint64_t)> &progress;
    std::exception_ptr thrown;
  };

  static std::int32_t watched(void *ctx, std::uint64_t step) noexcept {
    auto *at = static_cast<watch *>(ctx);
    try {
      return at->progress(step) ? 0 : 1;
    } catch (...) {
      at->thrown = std::current_exception();
      return 1;
    }
  }

  template <class Function>
  result<buffer> run(Function f, std::string_view op, std::string_view request, const call_options &options) {
    crm_call_opts opts = CRM_CALL_OPTS_INIT;
    watch at{options.progress, nullptr};
    opts.key = detail::str(options.key);
    opts.now_micros = options.now_micros;
    if (options.entropy) opts.entropy = options.entropy->data(), opts.entropy_len = options.entropy->size();
    if (options.cancel) opts.cancel = options.cancel->get();
    if (options.progress) opts.progress = watched, opts.progress_ctx = &at;
    crm_buf out = {nullptr, 0, nullptr};
    crm_error err = nullptr;
    crm_status status = f(handle_.get(), detail::str(op), detail::str(request), &opts, &out, &err);
    if (status == CRM_OK) return buffer(out);
    crm::error failed(status, err);
    if (at.thrown) std::rethrow_exception(at.thrown);
    return failed;
  }

  detail::owned<crm_session, crm_session_close> handle_;
};

/* An engine over one store; any thread, at the same time. */
class engine {
 public:
  /* `uri`: `memory:`, `sqlite:PATH`. `log` receives faults of the library, on the thread of the call; it must not throw. */
  static result<engine> open(std::string_view uri, std::function<void(std::string_view)> log = {}) {
    crm_options options = CRM_OPTIONS_INIT;
    options.uri = detail::str(uri);
    if (log) {
      options.log = [](void *ctx, std::int32_t, const char *text, std::size_t length) noexcept {
        (*static_cast<std::function<void(std::string_view)> *>(ctx))({text, length});
      };
      options.log_destroy = [](void *ctx) noexcept {
        delete static_cast<std::function<void(std::string_view)> *>(ctx);
      };
      options.log_ctx = new std::function<void(std::string_view)>(std::move(log));
    }
    crm_engine handle = nullptr;
    crm_error err = nullptr;
    if (crm_status status = crm_open(&options, &handle, &err)) return crm::error(status, err);
    return engine(handle);
  }

  /* `actor` is a login or an id whom the host has authenticated; empty: the owner. `purpose` empty: sales. */
  result<crm::session> session(std::string_view actor = {}, std::string_view purpose = {}, std::uint64_t tenant = 1) const {
    crm_session handle = nullptr;
    crm_error err = nullptr;
    crm_status status =
        crm_session_open(handle_.get(), tenant, detail::str(actor), detail::str(purpose), &handle, &err);
    if (status) return crm::error(status, err);
    return crm::session(handle);
  }

  /* One line of a script, as `crm run` has it; empty for a remark. */
  result<buffer> run_line(std::string_view defaults, std::uint64_t number, std::string_view line) const {
    crm_buf out = {nullptr, 0, nullptr};
    crm_error err = nullptr;
    crm_status status =
        crm_run_line(handle_.get(), detail::str(defaults), number, detail::str(line), &out, &err);
    if (status) return crm::error(status, err);
    return buffer(out);
  }

  crm_engine get() const noexcept { return handle_.get(); }

 private:
  explicit engine(crm_engine handle) noexcept : handle_(handle) {}
  detail::owned<crm_engine, crm_close> handle_;
};

/* The catalogue: operations with their schemas, statuses, features, layouts. */
inline result<buffer> describe() {
  crm_buf out = {nullptr, 0, nullptr};
  crm_error err = nullptr;
  if (crm_status status = crm_describe(&out, &err)) return error(status, err);
  return buffer(out);
}

inline bool has_feature(std::string_view name) noexcept { return crm_has_feature(detail::str(name)) != 0; }

/* The layouts that the library was compiled with; crm_describe().abi says the same. */
static_assert(sizeof(crm_status) == 4, "crm_status");
static_assert(sizeof(crm_str) == 2 * sizeof(void *) && offsetof(crm_str, len) == sizeof(void *), "crm_str");
static_assert(sizeof(crm_buf) == 3 * sizeof(void *) && offsetof(crm_buf, len) == sizeof(void *) &&
                  offsetof(crm_buf, _owner) == 2 * sizeof(void *), "crm_buf");
static_assert(offsetof(crm_options, struct_size) == 0 && offsetof(crm_options, abi_version) == 4 &&
                  offsetof(crm_options, uri) == 8 && offsetof(crm_options, log) == 8 + 2 * sizeof(void *) &&
                  offsetof(crm_options, log_destroy) == 8 + 3 * sizeof(void *) &&
                  offsetof(crm_options, log_ctx) == 8 + 4 * sizeof(void *) &&
                  sizeof(crm_options) == 8 + 5 * sizeof(void *), "crm_options");
static_assert(offsetof(crm_call_opts, struct_size) == 0 && offsetof(crm_call_opts, abi_version) == 4 &&
                  offsetof(crm_call_opts, key) == 8 && offsetof(crm_call_opts, now_micros) == 8 + 2 * sizeof(void *) &&
                  offsetof(crm_call_opts, entropy) == 16 + 2 * sizeof(void *) &&
                  offsetof(crm_call_opts, entropy_len) == 16 + 3 * sizeof(void *) &&
                  offsetof(crm_call_opts, cancel) == 16 + 4 * sizeof(void *) &&
                  offsetof(crm_call_opts, progress) == 16 + 5 * sizeof(void *) &&
                  offsetof(crm_call_opts, progress_ctx) == 16 + 6 * sizeof(void *) &&
                  sizeof(crm_call_opts) >= 16 + 7 * sizeof(void *), "crm_call_opts");

}  // namespace crm

#endif /* CRM_HPP */
