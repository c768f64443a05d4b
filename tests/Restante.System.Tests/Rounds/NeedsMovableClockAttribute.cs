namespace Restante.System.Tests.Rounds;

/// <summary>A test that moves the clock of the process under test. Where that cannot be done it is reported as skipped.</summary>
public sealed class NeedsMovableClockAttribute : FactAttribute
{
    public NeedsMovableClockAttribute()
    {
        if (!RoundClock.CanStep)
            Skip = "The clock of a process cannot be moved here; that needs a C compiler (apt install gcc libc6-dev).";
    }
}
