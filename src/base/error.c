#include "base/error.h"

static const ErrorRow rows[ERR_COUNT] = {
    [ERR_BAD_REQUEST] = {"bad_request", 400, "请求无法解析", "The request cannot be parsed"},
    [ERR_LOGIN_REQUIRED] = {"login_required", 401, "需要登录", "Log in first"},
    [ERR_LOGIN_FAILED] = {"login_failed", 401, "账号或密码不对", "Login or password is wrong"},
    [ERR_OTP_REQUIRED] = {"otp_required", 401, "需要动态验证码", "A one-time code is needed"},
    [ERR_BAD_SIGNATURE] = {"bad_signature", 401, "签名缺失或不对", "The signature is missing or wrong"},
    [ERR_PASSWORD_CHANGE_REQUIRED] = {"password_change_required", 403, "首次登录须先修改密码",
                                      "The first password must be changed before anything else"},
    [ERR_FORBIDDEN] = {"forbidden", 403, "没有权限做这一步", "This is not yours to do"},
    [ERR_NOT_FOUND] = {"not_found", 404, "没有找到", "Not found"},
    [ERR_METHOD_NOT_ALLOWED] = {"method_not_allowed", 405, "这里不支持该方法", "This method is not supported here"},
    [ERR_WRONG_STATE] = {"wrong_state", 409, "当前状态不能做这一步", "This cannot be done in the present state"},
    [ERR_CHANGED] = {"changed", 412, "已被他人修改，请刷新后再试", "It has been changed meanwhile; read it again"},
    [ERR_TOO_LARGE] = {"too_large", 413, "内容太大", "The content is too large"},
    [ERR_URI_TOO_LONG] = {"uri_too_long", 414, "地址太长", "The address is too long"},
    [ERR_MEDIA_TYPE] = {"unsupported_media_type", 415, "不支持这种内容类型", "This content type is not supported"},
    [ERR_INVALID] = {"invalid", 422, "有内容需要更正", "Some input needs correcting"},
    [ERR_IDEMPOTENCY_MISMATCH] = {"idempotency_mismatch", 422, "同一个 Idempotency-Key 用于了不同的请求",
                                  "This Idempotency-Key was used for another request"},
    [ERR_TOO_MANY] = {"too_many", 429, "操作太频繁，请稍后再试", "Too many attempts; wait and try again"},
    [ERR_UNAVAILABLE] = {"unavailable", 503, "暂时无法保存，没有任何改动", "It could not be saved now; nothing was changed"},
    [ERR_UNSURE] = {"unavailable", 503, "与数据库的连接在保存时断开，可能已经保存，也可能没有：请先查看再决定是否重做；带同一个 Idempotency-Key 重发不会重复保存",
                    "The connection to the database was lost while this was being saved: it may or may not have been saved. Look before you do it again;"
                    " sent again with the same Idempotency-Key it is not saved twice"},
    [ERR_INTERNAL] = {"internal", 500, "程序内部出错，已记录", "An internal error; it has been logged"},
    [ERR_STATE_OF_WORLD] = {"failed", 500, "没有完成", "It was not done"},
    [ERR_USAGE] = {"usage", 500, "用法不对", "Wrong use"},
};

const ErrorRow *error_row(ErrorCode code)
{
    return &rows[code];
}

const Error *error_new(Arena *arena, ErrorCode code, Str zh, Str en)
{
    Error *error = new (arena, Error, 1);
    *error = (Error){.code = code, .zh = zh, .en = en};
    return error;
}

const Error *error_field(Arena *arena, Str field, const char *code, Str zh, Str en)
{
    Problems problems = problems_new(arena);
    problems_add(&problems, field, code, zh, en);
    return problems_error(&problems);
}

const Error *error_state(Arena *arena, Str state, Str zh, Str en)
{
    Error *error = (Error *)error_new(arena, ERR_WRONG_STATE, zh, en);

    error->state = state;
    return error;
}

const Error *error_copy(Arena *arena, const Error *error)
{
    Error *copy;
    FieldProblem **end;

    if (error == OK)
        return OK;
    copy = new (arena, Error, 1);
    *copy = *error;
    copy->zh = str_copy(arena, error->zh);
    copy->en = str_copy(arena, error->en);
    copy->state = str_copy(arena, error->state);
    copy->allow = str_copy(arena, error->allow);
    copy->fields = NULL;
    end = &copy->fields;
    for (const FieldProblem *field = error->fields; field != NULL; field = field->next) {
        *end = new (arena, FieldProblem, 1);
        **end = (FieldProblem){.field = str_copy(arena, field->field), .code = field->code, .zh = str_copy(arena, field->zh), .en = str_copy(arena, field->en)};
        end = &(*end)->next;
    }
    return copy;
}

Problems problems_new(Arena *arena)
{
    return (Problems){.arena = arena};
}

void problems_add(Problems *problems, Str field, const char *code, Str zh, Str en)
{
    FieldProblem *problem;

    if (problems->count >= 1000) /* an import of nonsense: the first thousand tell enough */
        return;
    problem = new (problems->arena, FieldProblem, 1);
    *problem = (FieldProblem){.field = field, .code = code, .zh = zh, .en = en};
    if (problems->last != NULL)
        problems->last->next = problem;
    else
        problems->first = problem;
    problems->last = problem;
    problems->count++;
}

const Error *problems_error(const Problems *problems)
{
    Error *error;

    if (problems->count == 0)
        return OK;
    error = new (problems->arena, Error, 1);
    *error = (Error){.code = ERR_INVALID, .fields = problems->first};
    return error;
}

Str error_text(const Error *error, Lang lang)
{
    const ErrorRow *row = error_row(error->code);
    Str detail = lang == LANG_ZH ? error->zh : error->en;

    if (detail.len > 0)
        return detail;
    if (error->fields != NULL)
        return lang == LANG_ZH ? error->fields->zh : error->fields->en;
    return str_of(lang == LANG_ZH ? row->zh : row->en);
}
