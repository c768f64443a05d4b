namespace Restante.Net.Loop;

/// <summary>What wants a turn of a connection. <see cref="Running"/> is held by the one thread that runs its turns.</summary>
internal static class TurnSignals
{
    public const int Running = 1;
    public const int Start = 1 << 1;
    public const int ReadDone = 1 << 2;
    public const int WriteDone = 1 << 3;
    public const int Posted = 1 << 4;
    public const int Deadline = 1 << 5;
    public const int Drain = 1 << 6;
    public const int Close = 1 << 7;
    public const int Abort = 1 << 8;

    /// <summary>The turn has more to do and gave way.</summary>
    public const int More = 1 << 9;
}
