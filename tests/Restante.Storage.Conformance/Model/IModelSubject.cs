namespace Restante.Storage.Conformance.Model;

/// <summary>One store in a random run.</summary>
/// <typeparam name="T">A step.</typeparam>
internal interface IModelSubject<T>
{
    /// <summary>Opens the store.</summary>
    Task OpenAsync();

    /// <summary>Closes the store and removes its data.</summary>
    Task CloseAsync();

    /// <summary>Runs one step and says what came of it.</summary>
    Task<string> RunAsync(T step);

    /// <summary>All that can be seen of the store now.</summary>
    Task<string> DescribeAsync();
}
