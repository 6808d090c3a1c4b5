/* formula_fuzz.c: any text as a formula, with quantities made of its first bytes: an amount that is one, or a problem that says why;
 * and the same once more is the same. */
#include "modules/billing/formula.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 26);
    Quantities quantities = {0};
    Exact yuan = {0}, again = {0};
    Formula *formula = NULL;
    Str text, shown;
    const Error *error;

    if (size < Q_COUNT)
        return 0;
    for (int i = 0; i < Q_COUNT; i++) {
        quantities.value[i] = exact_per((int64_t)1 << (data[i] % 60), 1 + data[i] % 100);
        quantities.known[i] = data[i] != 255;
    }
    text = (Str){(const char *)data + Q_COUNT, (ptrdiff_t)size - Q_COUNT};
    error = formula_parse(arena, text, &formula);
    assert((error == OK) == (formula != NULL));
    if (error == OK)
        error = formula_value(arena, formula, &quantities, &yuan, &shown);
    if (error != OK) {
        assert(error->code == ERR_INVALID && error->fields != NULL && error->fields->zh.len > 0 && utf8_is_valid(error->fields->zh) && error->fields->en.len > 0);
        return 0;
    }
    assert(exact_is_number(yuan) && yuan.n >= 0 && shown.len > 0 && utf8_is_valid(shown));
    assert(formula_value(arena, formula, &quantities, &again, NULL) == OK && exact_cmp(yuan, again) == 0);
    return 0;
}
