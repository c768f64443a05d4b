namespace Restante.Net.Loop;

/// <summary>A piece of work in a connection's inbox. Recycled when it has run or was dropped.</summary>
internal abstract class TurnWork
{
    /// <summary>The one that was pushed before; belongs to the inbox.</summary>
    public TurnWork? Next { get; set; }

    /// <summary>Whether it counts against <see cref="ConnectionLimits.MaxPosts"/>.</summary>
    public virtual bool Counted => true;

    /// <summary>Runs inside a turn.</summary>
    public abstract void Run(IConnectionSession session);

    /// <summary>The connection has ended and will not run it.</summary>
    public abstract void Drop();
}
