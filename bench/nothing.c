/* The floor of everything that is a process. */
int main(void)
{
    return 0;
}
