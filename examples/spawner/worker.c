/* Evaluates one expression: sums, differences, products and quotients of integers, with
 * parentheses.
 *
 * It trusts its input as it should not: parentheses are recursion without a bound, and nobody looks
 * whether a divisor is 0. What is wrong here stays here. */
#include <ctype.h>
#include <string.h>

#include <glacis/pd.h>

#include "job.h"

static const char* text; /* the rest of the expression */
static uint32_t is_error;

static int64_t sum(void);

static char next(void)
{
    while (*text == ' ') {
        text++;
    }
    return *text;
}

static int64_t number(void)
{
    int64_t value = 0;
    if (!isdigit((unsigned char)next())) {
        is_error = 1;
        return 0;
    }
    while (isdigit((unsigned char)*text)) {
        value = value * 10 + (*text++ - '0');
    }
    return value;
}

static int64_t factor(void)
{
    if (next() != '(') {
        return number();
    }
    text++;
    const int64_t value = sum();
    if (next() == ')') {
        text++;
    } else {
        is_error = 1;
    }
    return value;
}

static int64_t product(void)
{
    int64_t value = factor();
    for (;;) {
        switch (next()) {
        case '*':
            text++;
            value *= factor();
            break;
        case '/':
            text++;
            value /= factor();
            break;
        default:
            return value;
        }
    }
}

static int64_t sum(void)
{
    int64_t value = product();
    for (;;) {
        switch (next()) {
        case '+':
            text++;
            value += product();
            break;
        case '-':
            text++;
            value -= product();
            break;
        default:
            return value;
        }
    }
}

int main(void)
{
    struct answer* answer = (struct answer*)(uintptr_t)pd_region_find("answer")->base;
    text = (const char*)(uintptr_t)pd_region_find("text")->base;
    answer->value = sum();
    answer->is_error = is_error != 0 || next() != '\0';
    answer->is_there = 1;
    return 0;
}
